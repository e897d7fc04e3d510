SELECT EXISTS (SELECT FROM recordings WHERE account_sid = $1 AND sid = $2 AND live_status = 'completed')
