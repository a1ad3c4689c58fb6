#!/bin/sh
# Makes the secrets of the stack, once: those that are there stay. Writes down by what name boards reach this machine, and
# which hall file it serves: prepare.sh NAME FILE. As root: two secrets are for users inside the containers.
set -eu
[ "$(id -u)" = 0 ] || { echo "prepare: run this as root (sudo $0)" >&2; exit 1; }
[ "$#" = 2 ] || { echo "prepare: say the name by which boards reach this machine, and the hall file" >&2; exit 2; }
[ -f "$2" ] || { echo "prepare: $2: there is no such hall file" >&2; exit 2; }
file=$(readlink -f "$2")
cd "$(dirname "$(readlink -f "$0")")"
printf 'HUB_HOST=%s\nHALL_FILE=%s\n' "$1" "$file" > .env
umask 077
mkdir -p secrets
for name in postgresql-password influx-password influx-admin-token grafana-password; do
  [ -s "secrets/$name" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' > "secrets/$name"
done
printf 'postgresql:5432:tingxu:tingxu:%s\n' "$(cat secrets/postgresql-password)" > secrets/pgpass
chown 10001 secrets/pgpass
chown 472 secrets/grafana-password
echo "prepare: the password of Grafana's admin is in secrets/grafana-password"
