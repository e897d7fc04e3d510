SELECT usage.*, coalesce(delivered, 0) AS delivered, coalesce(failed, 0) AS failed,
    coalesce(discarded, 0) AS discarded, coalesce(pending, 0) AS pending
FROM usage
LEFT JOIN usage_callbacks USING (account_sid, day)
WHERE account_sid = $1
    AND ($2::date IS NULL OR day >= $2)
    AND ($3::date IS NULL OR day <= $3)
    AND ($4::date IS NULL OR day < $4)
ORDER BY day DESC
LIMIT $5
