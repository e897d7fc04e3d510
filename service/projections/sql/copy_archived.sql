INSERT INTO :fresh
SELECT live.*
FROM (SELECT DISTINCT account_sid, first_sid, end_sid FROM archives) AS archived
JOIN :live AS live
    ON live.account_sid = archived.account_sid AND live.sid >= archived.first_sid AND live.sid < archived.end_sid
