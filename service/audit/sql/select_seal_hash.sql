SELECT hash
FROM seals
WHERE n = $1
