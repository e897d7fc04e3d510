SELECT * FROM rebuilds WHERE projection = $1
