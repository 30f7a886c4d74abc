#!/bin/sh
# Put the host names into nginx's configuration, then run it in the foreground.
set -eu
: "${SITE_HOST:?SITE_HOST names the host of the site}"
: "${SIGN_IN_HOST:=sign-in.invalid}" "${MAILBOX_HOST:=mailbox.invalid}"
sed -e "s/@SITE_HOST@/$SITE_HOST/g" -e "s/@SIGN_IN_HOST@/$SIGN_IN_HOST/g" -e "s/@MAILBOX_HOST@/$MAILBOX_HOST/g" \
  /etc/nginx/nginx.conf.template > /tmp/nginx.conf
exec nginx -c /tmp/nginx.conf -g 'daemon off;'
