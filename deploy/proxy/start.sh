#!/bin/sh
# Put the host names and the port into nginx's configuration, then run it in the foreground.
set -eu
: "${SITE_HOST:?SITE_HOST names the host of the site}"
: "${SIGN_IN_HOST:=sign-in.invalid}" "${MAILBOX_HOST:=mailbox.invalid}"
# Inside it has the port that it has outside: whoever is inside reaches the site by the same address.
: "${HTTPS_PORT:=8443}"
sed -e "s/@PORT@/$HTTPS_PORT/g" -e "s/@SITE_HOST@/$SITE_HOST/g" -e "s/@SIGN_IN_HOST@/$SIGN_IN_HOST/g" -e "s/@MAILBOX_HOST@/$MAILBOX_HOST/g" \
  /etc/nginx/nginx.conf.template > /tmp/nginx.conf
exec nginx -c /tmp/nginx.conf -g 'daemon off;'
