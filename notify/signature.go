package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the provider's scheme
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dunlin/invoice"
)

// ErrSignature says that a webhook was not signed by its provider. Answer 403 and look no further.
var ErrSignature = errors.New("the webhook is not signed by its provider")

// parseECDSAKey reads the public key as SendGrid's settings show it: base64 of DER. Any other kind of
// key is refused by name.
func parseECDSAKey(field, text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, invoice.Invalid(field, "is not base64").WithHint("copy the verification key from SendGrid's webhook settings")
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, invoice.Invalid(field, "is not a public key")
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, invoice.Invalid(field, "is a %T, not an ECDSA key on P-256", parsed)
	}
	return key, nil
}

// verifyECDSA checks a strict ASN.1 signature over the timestamp and the body, exactly as received.
func verifyECDSA(keys []*ecdsa.PublicKey, timestamp string, body []byte, signature string) bool {
	der, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	h := sha256.New()
	h.Write([]byte(timestamp))
	h.Write(body)
	digest := h.Sum(nil)
	for _, k := range keys {
		if ecdsa.VerifyASN1(k, digest, der) {
			return true
		}
	}
	return false
}

// verifyTwilio checks base64(HMAC-SHA1(token, URL and sorted parameters)) for any of the tokens and
// any of the spellings of the URL.
func verifyTwilio(tokens, urls []string, form url.Values, signature string) bool {
	got, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	var params strings.Builder
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		params.WriteString(k + form.Get(k))
	}
	ok := 0
	for _, token := range tokens {
		for _, u := range urls {
			mac := hmac.New(sha1.New, []byte(token))
			mac.Write([]byte(u + params.String()))
			ok |= subtle.ConstantTimeCompare(mac.Sum(nil), got)
		}
	}
	return ok == 1
}

// dedupeKey is the same for every repetition of a report: a hash over its parts, each with its length,
// so that parts cannot flow into each other.
func dedupeKey(provider string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return provider + ":" + hex.EncodeToString(h.Sum(nil)[:20])
}
