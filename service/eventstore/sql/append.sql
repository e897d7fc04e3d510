WITH called AS MATERIALIZED (
    SELECT item, event FROM append_events($1, $2, $3, $4)
), appended AS MATERIALIZED (
    SELECT item, (event).* FROM called
), projected AS (
    :projection
):effects
SELECT last.item, last.version AS appended_version, last.position, projected.*
FROM (
    SELECT item, recording_sid, max(version) AS version, max(position) AS position
    FROM appended GROUP BY item, recording_sid
) AS last
LEFT JOIN projected ON projected.sid = last.recording_sid
