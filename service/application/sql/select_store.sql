SELECT store_url FROM accounts WHERE sid = $1
