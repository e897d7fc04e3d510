SELECT DISTINCT account_sid
FROM (
    (TABLE account_policies EXCEPT TABLE policies_rebuilt)
    UNION ALL
    (TABLE policies_rebuilt EXCEPT TABLE account_policies)
) AS differing
ORDER BY account_sid
