DELETE FROM finishings WHERE account_sid = $1 AND recording_sid = $2 AND claim_id = $3
