#!/bin/sh
# Makes the secrets of the stack, once: those that are there stay. As root: two are for users inside the containers.
set -eu
[ "$(id -u)" = 0 ] || { chown 10001 secrets/pgpass
chown 472 secrets/grafana-password
echo "prepare: run this as root (sudo $0)" >&2; exit 1; }
cd "$(dirname "$(readlink -f "$0")")"
umask 077
mkdir -p secrets
for name in postgresql-password influx-password influx-admin-token grafana-password; do
  [ -s "secrets/$name" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' > "secrets/$name"
done
printf 'postgresql:5432:tingxu:tingxu:%s\n' "$(cat secrets/postgresql-password)" > secrets/pgpass
chown 10001 secrets/pgpass
chown 472 secrets/grafana-password
echo "prepare: the password of Grafana's admin is in secrets/grafana-password"
