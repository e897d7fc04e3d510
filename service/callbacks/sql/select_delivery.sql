SELECT *
FROM deliveries
WHERE account_sid = $1 AND sid = $2
    -- Its first digits are those of its recording's SID: that is what the primary keys are searched for.
    AND recording_sid BETWEEN 'RE' || substr($2, 3, 12) || repeat('0', 20) AND 'RE' || substr($2, 3, 12) || repeat('f', 20)
