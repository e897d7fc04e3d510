UPDATE projection_checkpoints SET projection = $2 WHERE projection = $1
