DELETE FROM :fresh AS made
USING archives AS archived
WHERE made.account_sid = archived.account_sid AND made.sid >= archived.first_sid AND made.sid < archived.end_sid
