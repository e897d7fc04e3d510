DELETE FROM rebuilds WHERE projection = $1
