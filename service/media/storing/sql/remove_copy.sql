DELETE FROM media_copies WHERE account_sid = $1 AND recording_sid = $2 AND store_url = $3 AND claim_id = $4
