SELECT recording_sid FROM events WHERE account_sid = $1 AND version = 1 AND :conversation
