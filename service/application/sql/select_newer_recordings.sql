SELECT recordings.account_sid, recordings.sid
FROM unnest($1::text[], $2::text[], $3::integer[]) AS known (account_sid, sid, version)
JOIN recordings ON recordings.account_sid = known.account_sid AND recordings.sid = known.sid
WHERE recordings.version > known.version
