"""All of it in containers, as docker-compose.yml has it, tried out from outside."""
