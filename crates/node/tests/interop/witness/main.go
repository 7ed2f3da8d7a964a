// A peer of a Comity node that is not Comity: a C2SP witness (transparency-dev/witness), and a log made with Go's sumdb/tlog.
// It is started by `cargo run -p node --example witness_interop`, which tells it on standard input whom to speak to.
//
// As a witness it cosigns the node's checkpoints, over mutual TLS, in the words of C2SP tlog-witness. As a log it has the node cosign, and
// verifies what comes back with the published libraries. Every refusal of the specification is asked for once.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	origin      = "es.moj/ledger/1"
	witnessName = "es.moj/witness"
)

var checks int

func must(holds bool, format string, arguments ...any) {
	checks++
	if !holds {
		fmt.Fprintf(os.Stderr, "does not match: "+format+"\n", arguments...)
		os.Exit(1)
	}
}

func noError(err error, what string) { must(err == nil, "%s: %v", what, err) }

func main() {
	logSecret, logKey, err := note.GenerateKey(rand.Reader, origin)
	noError(err, "a log's key")
	witnessSecret, plain, err := note.GenerateKey(rand.Reader, witnessName)
	noError(err, "a witness's key")
	witnessKey, err := f_note.VKeyToCosignatureV1(plain)
	noError(err, "a witness's key")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	noError(err, "a port")
	fmt.Printf("%s %s %s\n", logKey, witnessKey, listener.Addr())

	// The node's answer: a folder with certificates, its address, and the keys of its log and witness.
	told, err := bufio.NewReader(os.Stdin).ReadString('\n')
	noError(err, "what the node says")
	said := strings.Fields(told)
	must(len(said) == 4, "what the node says: %q", told)
	folder, address, nodeLog, nodeWitness := said[0], said[1], said[2], said[3]
	config := identity(folder)

	go serve(tls.NewListener(listener, config), witnessSecret, nodeLog)
	ask(&http.Client{Transport: &http.Transport{TLSClientConfig: config}}, address, logSecret, nodeWitness)
	fmt.Printf("done %d\n", checks)
	// The witness answers until the node has seen enough.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// identity is how both sides prove who they are: the certificates that the cards name, pinned, and no names.
func identity(folder string) *tls.Config {
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "es.pem"), filepath.Join(folder, "es.key.pem"))
	noError(err, "the certificate")
	peer, err := os.ReadFile(filepath.Join(folder, "ma.der"))
	noError(err, "the node's certificate")
	return &tls.Config{
		Certificates:       []tls.Certificate{own},
		ClientAuth:         tls.RequireAnyClientCert,
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS13,
		NextProtos:         []string{"http/1.1"},
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) != 1 || !bytes.Equal(raw[0], peer) {
				return fmt.Errorf("not the node's certificate")
			}
			return nil
		},
	}
}

// serve cosigns the node's log, under an Ed25519 key that its card names and an ML-DSA-44 key that it does not know.
func serve(listener net.Listener, secret, nodeLog string) {
	signer, err := f_note.NewSignerForCosignatureV1(secret)
	noError(err, "a signer")
	later, _, err := f_note.GenerateMLDSAKey(witnessName)
	noError(err, "an ML-DSA-44 key")
	postQuantum, err := f_note.NewSignerForCosignatureV1(later)
	noError(err, "an ML-DSA-44 signer")
	verifier, err := note.NewVerifier(nodeLog)
	noError(err, "the node's log")
	cosigner, err := witness.New(context.Background(), witness.Opts{
		Persistence: inmemory.New(),
		Signers:     []note.Signer{signer, postQuantum},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return verifier, origin == verifier.Name(), nil
		},
	})
	noError(err, "a witness")
	mux := http.NewServeMux()
	mux.HandleFunc("POST /fed/v1/witness/add-checkpoint", witness.NewHTTPHandler(cosigner).AddCheckpoint)
	noError(http.Serve(listener, mux), "serving")
}

// log is a tree in memory.
type log struct {
	hashes []tlog.Hash
	size   int64
	secret string
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := []tlog.Hash{}
	for _, index := range indexes {
		all = append(all, l.hashes[index])
	}
	return all, nil
}

func (l *log) grow(size int64) {
	for ; l.size < size; l.size++ {
		stored, err := tlog.StoredHashes(l.size, []byte(fmt.Sprintf("entry %d", l.size)), l)
		noError(err, "growing")
		l.hashes = append(l.hashes, stored...)
	}
}

func (l *log) head(name string, size int64) string {
	root, err := tlog.TreeHash(size, l)
	noError(err, "a root")
	signer, err := note.NewSigner(l.secret)
	noError(err, "a signer")
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", name, size, root)}, signer)
	noError(err, "signing")
	return string(signed)
}

func (l *log) submission(old, size int64) string {
	proof := tlog.TreeProof{}
	if old > 0 && old < size {
		var err error
		proof, err = tlog.ProveTree(size, old, l)
		noError(err, "a proof")
	}
	return submission(old, proof, l.head(origin, size))
}

func submission(old int64, proof tlog.TreeProof, head string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "old %d\n", old)
	for _, hash := range proof {
		fmt.Fprintf(&text, "%s\n", hash)
	}
	return text.String() + "\n" + head
}

// ask has the node cosign a log of ours.
func ask(client *http.Client, address, secret, nodeWitness string) {
	verifier, err := f_note.NewVerifierForCosignatureV1(nodeWitness)
	noError(err, "the node's witness")
	post := func(body string) (int, string, string) {
		answer, err := client.Post(address+"/fed/v1/witness/add-checkpoint", "text/plain", strings.NewReader(body))
		noError(err, "asking")
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		noError(err, "reading")
		return answer.StatusCode, answer.Header.Get("Content-Type"), string(text)
	}
	l := &log{secret: secret}
	l.grow(300)
	old := int64(0)
	for _, size := range []int64{1, 2, 5, 8, 255, 256, 300, 300} {
		status, _, lines := post(l.submission(old, size))
		must(status == 200, "status %d for %d after %d: %s", status, size, old, lines)
		signed, err := note.Open([]byte(l.head(origin, size)+lines), note.VerifierList(verifier))
		noError(err, "the node's cosignature")
		must(len(signed.Sigs) == 1, "%d cosignatures", len(signed.Sigs))
		at, err := f_note.CoSigV1Timestamp(signed.Sigs[0])
		noError(err, "its time")
		must(at.Unix() > 1_700_000_000, "its time: %v", at)
		old = size
	}
	status, kind, text := post(l.submission(256, 300))
	must(status == 409 && kind == "text/x.tlog.size" && text == "300\n", "another old size: %d %q %q", status, kind, text)
	l.grow(310)
	good, err := tlog.ProveTree(310, 300, l)
	noError(err, "a proof")
	wrong := append(tlog.TreeProof{}, good...)
	wrong[0][0] ^= 1
	status, _, _ = post(submission(300, wrong, l.head(origin, 310)))
	must(status == 422, "a wrong proof: %d", status)
	fork := &log{secret: secret}
	fork.hashes, fork.size = append([]tlog.Hash{}, l.hashes[:tlog.StoredHashIndex(0, 299)]...), 299
	stored, err := tlog.StoredHashes(299, []byte("another entry"), fork)
	noError(err, "a fork")
	fork.hashes, fork.size = append(fork.hashes, stored...), 300
	status, _, _ = post(submission(300, tlog.TreeProof{}, fork.head(origin, 300)))
	must(status == 422, "another root of the same size: %d", status)
	status, _, _ = post(submission(311, tlog.TreeProof{}, l.head(origin, 310)))
	must(status == 400, "an old size beyond: %d", status)
	status, _, _ = post(submission(300, good, strings.Replace(l.head(origin, 310), origin+"\n310", "es.moj/ledger/2\n310", 1)))
	must(status == 404, "an unknown log: %d", status)
	stranger, _, err := note.GenerateKey(rand.Reader, origin)
	noError(err, "another key")
	other := &log{secret: stranger, hashes: l.hashes, size: l.size}
	status, _, _ = post(submission(300, good, other.head(origin, 310)))
	must(status == 403, "another key: %d", status)
	changed := strings.Replace(l.head(origin, 310), "\n310\n", "\n309\n", 1)
	status, _, _ = post(submission(300, good, changed))
	must(status == 403, "a changed checkpoint: %d", status)
	status, _, _ = post(submission(300, good, l.head(origin, 310)))
	must(status == 200, "after all that, the honest one: %d", status)
}
