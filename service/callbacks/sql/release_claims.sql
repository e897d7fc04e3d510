WITH buried AS (
    DELETE FROM dispatchers WHERE id = ANY($1::integer[])
)
UPDATE pending_deliveries SET claimed_by = NULL, claimed_until = NULL
WHERE claimed_by = ANY($1::integer[])
