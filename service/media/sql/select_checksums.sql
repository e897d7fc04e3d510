-- A recording whose `completed` names no store is in a data folder: this one, unless another is noted to have it.
SELECT live.account_sid, live.sid, completed.data ->> 'sha256' AS sha256, (completed.data ->> 'channels')::integer AS channels,
    completed.data ->> 'media_url' IS NOT NULL AS is_stored,
    EXISTS (
        SELECT
        FROM media_copies AS copies
        WHERE copies.account_sid = live.account_sid AND copies.recording_sid = live.sid
            AND copies.due_at IS NULL AND copies.store_url LIKE 'folder:%' AND copies.store_url <> $4
    ) AS is_in_another_folder
FROM recordings AS live
JOIN events AS completed
    ON completed.account_sid = live.account_sid AND completed.recording_sid = live.sid AND completed.type = 'completed'
WHERE live.live_status = 'completed' AND (live.account_sid, live.sid) > ($1, $2)
ORDER BY live.account_sid, live.sid
LIMIT $3
