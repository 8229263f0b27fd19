# shellcheck shell=bash
# Keys and certificates of a trial installation (P-256). Needs common.sh.

pki_key() {
	(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null)
}

# pki_ca DIR NAME SUBJECT: NAME.pem and NAME.key
pki_ca() {
	pki_key "$1/$2.key" &&
		openssl req -x509 -new -key "$1/$2.key" -sha256 -days 825 -subj "$3" -out "$1/$2.pem" \
			-addext basicConstraints=critical,CA:TRUE,pathlen:0 \
			-addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# pki_partner DIR NAME SUBJECT: a certificate we pin, NAME.pem, and its key, NAME.key
pki_partner() {
	pki_key "$1/$2.key" &&
		openssl req -x509 -new -key "$1/$2.key" -sha256 -days 397 -subj "$3" -out "$1/$2.pem" \
			-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature 2>/dev/null
}

# pki_issue DIR CA NAME SUBJECT USAGE [SAN]: NAME.pem signed by CA; NAME.key is made when absent
pki_issue() {
	local dir=$1 ca=$2 name=$3
	[ -s "$dir/$name.key" ] || pki_key "$dir/$name.key" || return 1
	openssl req -new -key "$dir/$name.key" -sha256 -subj "$4" -out "$dir/$name.csr" 2>/dev/null &&
		openssl x509 -req -in "$dir/$name.csr" -CA "$dir/$ca.pem" -CAkey "$dir/$ca.key" \
			-set_serial "0x$(random_hex 15)" -sha256 -days 397 -out "$dir/$name.pem" -extfile <(
				printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'
				printf 'extendedKeyUsage=%s\n' "$5"
				[ -z "${6:-}" ] || printf 'subjectAltName=%s\n' "$6"
			) 2>/dev/null
	rm -f "$dir/$name.csr"
	[ -s "$dir/$name.pem" ]
}

