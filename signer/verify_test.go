package signer_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

func TestVerifyOurs(t *testing.T) {
	w := newWorld(t)
	s, found, err := signer.Verify(sign(t, w.id, manifest, now), manifest)
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if !s.SigningTime.Equal(now) || s.Hash != crypto.SHA256 || s.Subject != w.id.Subject ||
		!s.Leaf.Equal(w.leaf) || !s.Intermediate.Equal(w.authority.Intermediate) {
		t.Errorf("read %+v", s)
	}
}

// TestVerifyOpenSSL reads signatures as other issuers make them.
func TestVerifyOpenSSL(t *testing.T) {
	w := newWorld(t)
	s := newShop(t, w)
	s.write("manifest.json", manifest)
	base := []string{"cms", "-sign", "-in", "manifest.json", "-signer", "leaf.pem", "-inkey", "key.pem", "-out", "signature"}
	der := []string{"-binary", "-outform", "DER"}
	chain := []string{"-certfile", "chain.pem"}
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"as it should be", slices.Concat(der, chain, []string{"-nosmimecap"}), nil},
		{"with S/MIME capabilities", slices.Concat(der, chain), nil},
		{"by key identifier", slices.Concat(der, chain, []string{"-keyid"}), nil},
		{"SHA-512", slices.Concat(der, chain, []string{"-md", "sha512"}), nil},
		{"SHA-1", slices.Concat(der, chain, []string{"-md", "sha1"}), []string{"digest_sha1"}},
		{"with the root", slices.Concat(der, chain, []string{"-certfile", "root.pem"}), []string{"intermediate_wrong"}},
		{"without intermediate", der, []string{"intermediate_missing"}},
		{"root instead of intermediate", slices.Concat(der, []string{"-certfile", "root.pem"}), []string{"intermediate_wrong"}},
		{"without any certificate", slices.Concat(der, []string{"-nocerts"}), []string{"certificate_missing"}},
		{"with its content", slices.Concat(der, chain, []string{"-nodetach"}), []string{"signature_not_detached"}},
		{"without attributes", slices.Concat(der, chain, []string{"-noattr"}), []string{"content_type_missing", "signing_time_missing"}},
		{"as text", slices.Concat(chain, []string{"-outform", "DER"}), []string{"digest_mismatch"}},
		{"RSA-PSS", slices.Concat(der, chain, []string{"-keyopt", "rsa_padding_mode:pss"}), []string{"signature_algorithm"}},
		{"PEM", slices.Concat(chain, []string{"-binary", "-outform", "PEM"}), []string{"signature_not_der"}},
		{"mail", slices.Concat(chain, []string{"-binary", "-outform", "SMIME"}), []string{"signature_not_der"}},
		{"streamed", slices.Concat(der, chain, []string{"-stream", "-nodetach"}), []string{"signature_not_der"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.openssl(slices.Concat(base, tt.args)...)
			read, found, err := signer.Verify(s.read("signature"), manifest)
			if got := codes(found); !slices.Equal(got, tt.want) {
				t.Fatalf("found %v, want %v", got, tt.want)
			}
			complete(t, found)
			if unreadable := slices.Contains(tt.want, "signature_not_der"); (err != nil) != unreadable {
				t.Errorf("error %v", err)
			}
			if tt.want == nil && (!read.Leaf.Equal(w.leaf) || time.Since(read.SigningTime).Abs() > time.Hour) {
				t.Errorf("read %+v", read)
			}
		})
	}
}

// complete checks that every finding says all that a person needs.
func complete(t testing.TB, found []pkpass.Finding) {
	t.Helper()
	for _, f := range found {
		if f.Check < 18 || f.Check > 29 || f.Code == "" || f.Severity == "" || f.Path == "" || f.Effect == "" || f.Remedy == "" {
			t.Errorf("incomplete finding %+v", f)
		}
	}
}

// TestVerifyBroken breaks one part of a signature at a time.
func TestVerifyBroken(t *testing.T) {
	w := newWorld(t)
	strange, err := w.authority.Issue(nil, &w.otherKey.PublicKey, order())
	if err != nil {
		t.Fatal(err)
	}
	expired := w.issue(t, func(o *signer.Order) { o.NotAfter = now.AddDate(0, -1, 0) })
	ca := authorityOf(t, w.otherKey)
	developer := create(t, &x509.Certificate{}, ca, w.key, w.otherKey)
	foreign, issuer := chainWithAddress(t, w.key, w.otherKey, "http://example.com")
	tests := []struct {
		name  string
		spoil func(*message)
		want  []string
	}{
		{"nothing", func(*message) {}, nil},
		{"no signing time", func(m *message) { m.drop(signingTimeID) }, []string{"signing_time_missing"}},
		{"no content type", func(m *message) { m.drop(contentTypeID) }, []string{"content_type_missing"}},
		{"no digest", func(m *message) { m.drop(digestID) }, []string{"digest_missing"}},
		{"other content type", func(m *message) { m.set(contentTypeID, oid(encryptedID)) }, []string{"content_type_missing"}},
		{"generalized time", func(m *message) { m.set(signingTimeID, generalized(now)) }, []string{"signing_time_form"}},
		{"nonsense time", func(m *message) { m.set(signingTimeID, append([]byte{23, 13}, "tomorrow noon"...)) }, []string{"signing_time_missing"}},
		{"signed before the beginning", func(m *message) { m.set(signingTimeID, enc(begin.Add(-time.Hour*24))) }, []string{"signing_time_outside", "intermediate_expired"}},
		{"other digest", func(m *message) { m.set(digestID, oct(make([]byte, 32))) }, []string{"digest_mismatch"}},
		{"wrong order, signed so", func(m *message) { slices.Reverse(m.attributes) }, []string{"attribute_order"}},
		{"wrong order, signed right", func(m *message) { m.shuffled = true }, []string{"attribute_order"}},
		{"other key", func(m *message) { m.key = w.otherKey }, []string{"signature_invalid"}},
		{"damaged value", func(m *message) { m.damage = true }, []string{"signature_invalid"}},
		{"unknown digest algorithm", func(m *message) { m.digest = []int{1, 2, 3} }, []string{"digest_unknown"}},
		{"digest algorithm not announced", func(m *message) { m.announced = sha1ID }, []string{"digest_unannounced"}},
		{"unknown signature algorithm", func(m *message) { m.algorithm = []int{1, 2, 3} }, []string{"signature_algorithm"}},
		{"elliptic algorithm with an RSA key", func(m *message) { m.algorithm = []int{1, 2, 840, 10045, 4, 3, 2} }, []string{"signature_algorithm"}},
		{"sha256WithRSAEncryption", func(m *message) { m.algorithm = []int{1, 2, 840, 113549, 1, 1, 11} }, nil},
		{"leaf of another key", func(m *message) { m.leaf = strange }, []string{"signature_invalid"}},
		{"expired when signed", func(m *message) { m.leaf = expired }, []string{"signing_time_outside"}},
		{"no certificate of the signer", func(m *message) { m.certificates = w.authority.Intermediate.Raw }, []string{"certificate_missing"}},
		{"unreadable certificate", func(m *message) { m.certificates = join(m.leaf.Raw, w.authority.Intermediate.Raw, seq(oct(nil))) }, []string{"certificate_unreadable"}},
		{"no certificates", func(m *message) { m.certificates = []byte{} }, []string{"certificate_missing"}},
		{"no pass certificate", func(m *message) { m.leaf, m.certificates = developer, join(developer.Raw, ca.Raw) }, []string{"not_a_pass_certificate", "issuer_unknown"}},
		{"no authority of Apple", func(m *message) { m.leaf, m.certificates = foreign, join(foreign.Raw, issuer.Raw) }, []string{"issuer_unknown"}},
		{"content of another type", func(m *message) { m.contentType = encryptedID }, []string{"content_type_wrong"}},
		{"no signer", func(m *message) { m.signers = 0 }, []string{"signer_missing"}},
		{"two signers", func(m *message) { m.signers = 2 }, []string{"signer_count"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMessage(w)
			tt.spoil(m)
			_, found, err := signer.Verify(m.encode(t), manifest)
			if got := codes(found); err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v (%v)", got, tt.want, err)
			}
			complete(t, found)
		})
	}
}

// TestVerifyHugeKey has a key in the certificate that would take seconds to
// calculate with.
func TestVerifyHugeKey(t *testing.T) {
	w := newWorld(t)
	const bits = 400_000
	huge := new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
	leaf, err := w.authority.Issue(nil, &rsa.PublicKey{N: huge, E: 1<<31 - 1}, order())
	if err != nil {
		t.Fatal(err)
	}
	m := newMessage(w)
	m.leaf, m.value = leaf, make([]byte, bits/8)
	signature := m.encode(t)
	best := time.Hour // of three: the machine may be busy with other things
	for range 3 {
		start := time.Now()
		_, found, err := signer.Verify(signature, manifest)
		best = min(best, time.Since(start))
		if err != nil || !slices.Equal(codes(found), []string{"signature_invalid"}) {
			t.Fatalf("found %v, %v", codes(found), err)
		}
	}
	if best > 200*time.Millisecond {
		t.Errorf("took %s", best)
	}
}

func TestVerifyUnreadable(t *testing.T) {
	w := newWorld(t)
	good := sign(t, w.id, manifest, now)
	tests := []struct {
		name      string
		signature []byte
		code      string
		kind      error
	}{
		{"empty", nil, "signature_malformed", signer.ErrFormat},
		{"text", []byte("hello"), "signature_malformed", signer.ErrFormat},
		{"cut off", good[:len(good)-1], "signature_malformed", signer.ErrFormat},
		{"bytes behind", append(slices.Clone(good), 0), "signature_malformed", signer.ErrFormat},
		{"certificate", w.leaf.Raw, "signature_malformed", signer.ErrFormat},
		{"Base64", []byte(base64.StdEncoding.EncodeToString(good)), "signature_not_der", signer.ErrFormat},
		{"PEM", pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: good}), "signature_not_der", signer.ErrFormat},
		{"too large", make([]byte, 1<<20), "signature_too_large", signer.ErrSize},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, found, err := signer.Verify(tt.signature, manifest)
			if !errors.Is(err, tt.kind) || !slices.Equal(codes(found), []string{tt.code}) {
				t.Errorf("found %v, %v", codes(found), err)
			}
			complete(t, found)
		})
	}
}

// TestVerifyEveryByte changes each byte of a good signature. None may pass
// unnoticed, except in the intermediate, which only a root could protect, and
// in the version numbers and the absent parameters.
func TestVerifyEveryByte(t *testing.T) {
	w := newWorld(t)
	good := sign(t, w.id, manifest, now)
	from := bytes.Index(good, w.authority.Intermediate.Raw)
	var unnoticed []int
	for i := range good {
		if i >= from && i < from+len(w.authority.Intermediate.Raw) {
			continue
		}
		bad := slices.Clone(good)
		bad[i] ^= 1
		if _, found, err := signer.Verify(bad, manifest); err == nil && len(found) == 0 {
			unnoticed = append(unnoticed, i)
		}
	}
	if len(unnoticed) > 4 {
		t.Errorf("changed bytes went unnoticed at %d", unnoticed)
	}
}

func TestJudge(t *testing.T) {
	w := newWorld(t)
	nfc := w.assemble(t, w.issue(t, func(o *signer.Order) { o.NFC = true }))
	tests := []struct {
		name   string
		id     *signer.Identity
		claims signer.Claims
		want   []string
	}{
		{"fitting", w.id, signer.Claims{passType, team, false}, nil},
		{"other pass type", w.id, signer.Claims{"pass.com.example.tea", team, false}, []string{"pass_type_mismatch"}},
		{"other case", w.id, signer.Claims{"pass.com.example.Coffee", team, false}, []string{"pass_type_mismatch"}},
		{"other team", w.id, signer.Claims{passType, "ZZZZZZZZZZ", false}, []string{"team_mismatch"}},
		{"NFC without right", w.id, signer.Claims{passType, team, true}, []string{"nfc_not_certified"}},
		{"NFC with right", nfc, signer.Claims{passType, team, true}, nil},
		{"all", w.id, signer.Claims{"", "", true}, []string{"pass_type_mismatch", "team_mismatch", "nfc_not_certified"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := tt.id.Judge(tt.claims)
			if got := codes(found); !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
			complete(t, found)
		})
	}
}

func TestAged(t *testing.T) {
	w := newWorld(t)
	s, _, err := signer.Verify(sign(t, w.id, manifest, now), manifest)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		at   time.Time
		want []string
	}{
		{now, nil},
		{end.AddDate(0, 0, -30), []string{"certificate_expires_soon"}},
		{end.Add(time.Second), []string{"certificate_expired"}},
	}
	for _, tt := range tests {
		found := s.Aged(tt.at)
		if got := codes(found); !slices.Equal(got, tt.want) || len(pkpass.Blocking(found)) > 0 {
			t.Errorf("at %s found %v, want %v", tt.at, found, tt.want)
		}
		complete(t, found)
	}
	if found := (signer.Signature{}).Aged(now); found != nil {
		t.Errorf("without a certificate found %v", found)
	}
}

// What follows writes signatures by hand.

var (
	contentTypeID = []int{1, 2, 840, 113549, 1, 9, 3}
	digestID      = []int{1, 2, 840, 113549, 1, 9, 4}
	signingTimeID = []int{1, 2, 840, 113549, 1, 9, 5}
	sha256ID      = []int{2, 16, 840, 1, 101, 3, 4, 2, 1}
	rsaID         = []int{1, 2, 840, 113549, 1, 1, 1}
)

type attribute struct {
	id    []int
	value []byte
}

// message is a signature over content, right until a test breaks it.
type message struct {
	key          *rsa.PrivateKey
	leaf         *x509.Certificate
	certificates []byte // nil: leaf and intermediate
	intermediate *x509.Certificate
	contentType  []int
	digest       []int
	announced    []int
	algorithm    []int
	attributes   []attribute
	shuffled     bool // embed the attributes in another order than signed
	damage       bool
	value        []byte // in place of the signature proper
	signers      int
	content      []byte
	attached     bool // carry the content along
}

func newMessage(w world) *message { return newMessageOver(w, manifest) }

func newMessageOver(w world, content []byte) *message {
	digest := sha256.Sum256(content)
	return &message{
		content: content,
		key:     w.key, leaf: w.leaf, intermediate: w.authority.Intermediate,
		contentType: dataID, digest: sha256ID, algorithm: rsaID, signers: 1,
		attributes: []attribute{
			{contentTypeID, oid(dataID)},
			{signingTimeID, enc(now)},
			{digestID, oct(digest[:])},
		},
	}
}

func (m *message) drop(id []int) {
	m.attributes = slices.DeleteFunc(m.attributes, func(a attribute) bool { return slices.Equal(a.id, id) })
}

func (m *message) set(id []int, value []byte) {
	for i, a := range m.attributes {
		if slices.Equal(a.id, id) {
			m.attributes[i].value = value
		}
	}
}

func set(inner []byte) []byte {
	return enc(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: inner})
}

func generalized(at time.Time) []byte {
	return append([]byte{24, 15}, at.UTC().Format("20060102150405Z")...)
}

func encodeAttributes(list []attribute) []byte {
	var out []byte
	for _, a := range list {
		out = append(out, seq(oid(a.id), set(a.value))...)
	}
	return out
}

func (m *message) encode(t testing.TB) []byte {
	t.Helper()
	attributes := encodeAttributes(m.attributes)
	digest := sha256.Sum256(set(attributes))
	value, err := rsa.SignPKCS1v15(nil, m.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if m.value != nil {
		value = m.value
	}
	if m.damage {
		value[100] ^= 1
	}
	if m.shuffled {
		slices.Reverse(m.attributes)
		attributes = encodeAttributes(m.attributes)
	}
	if m.certificates == nil {
		m.certificates = join(m.leaf.Raw, m.intermediate.Raw)
	}
	if m.announced == nil {
		m.announced = m.digest
	}
	content := seq(oid(m.contentType))
	if m.attached {
		content = seq(oid(m.contentType), tagged(oct(m.content)))
	}
	info := seq(enc(1), seq(m.leaf.RawIssuer, enc(m.leaf.SerialNumber)), seq(oid(m.digest)), tagged(attributes), seq(oid(m.algorithm), asn1.NullBytes), oct(value))
	body := seq(enc(1), set(seq(oid(m.announced))), content, tagged(m.certificates), set(bytes.Repeat(info, m.signers)))
	return seq(oid([]int{1, 2, 840, 113549, 1, 7, 2}), tagged(body))
}
