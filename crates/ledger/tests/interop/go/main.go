// Checks with golang.org/x/mod/sumdb what `cargo run -p ledger --example interop_fixture -- DIR` wrote: notes,
// checkpoints, cosignatures, inclusion and consistency proofs and tiles. Run: go run . DIR
//
// It shares no code with Comity. Every check is also made once on damaged input, where it must fail.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
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

func read(parts ...string) []byte {
	data, err := os.ReadFile(filepath.Join(parts...))
	noError(err, "reading")
	return data
}

func line(data []byte) string { return strings.TrimSuffix(string(data), "\n") }

func hash(text string) tlog.Hash {
	h, err := tlog.ParseHash(text)
	noError(err, "hash")
	return h
}

func hashes(texts []string) []tlog.Hash {
	all := []tlog.Hash{}
	for _, text := range texts {
		all = append(all, hash(text))
	}
	return all
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	noError(err, "number")
	return n
}

func damaged(p []tlog.Hash) []tlog.Hash {
	wrong := append([]tlog.Hash{}, p...)
	if len(wrong) == 0 {
		return []tlog.Hash{{}}
	}
	wrong[len(wrong)/2][31] ^= 1
	return wrong
}

// cosigner verifies cosignature/v1 (type 0x04), which the note package does not know.
type cosigner struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	must(len(parts) == 3, "witness key %q", vkey)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	noError(err, "witness key")
	must(len(raw) == 33 && raw[0] == 4, "witness key type")
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	id := binary.BigEndian.Uint32(sum[:])
	must(fmt.Sprintf("%08x", id) == parts[1], "witness key id")
	return cosigner{parts[0], id, raw[1:]}
}
func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

// open verifies a checkpoint's two signatures and returns its tree.
func open(data []byte, log note.Verifier, witness cosigner) (tlog.Tree, error) {
	n, err := note.Open(data, note.VerifierList(log, witness))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 0 {
		return tlog.Tree{}, fmt.Errorf("%d signatures", len(n.Sigs))
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint of %d lines for %q", len(lines), lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// folder reads tiles; it corrupts the one named in bad.
type folder struct{ dir, bad string }

func (f folder) Height() int { return 8 }
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := [][]byte{}
	for _, tile := range tiles {
		// C2SP leaves out the height that Go writes first.
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		if path == f.bad {
			data[len(data)-1] ^= 1
		}
		all = append(all, data)
	}
	return all, nil
}
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . DIR")
		os.Exit(2)
	}
	dir := os.Args[1]
	log, err := note.NewVerifier(line(read(dir, "log.vkey")))
	noError(err, "the log's key")
	witness := newCosigner(line(read(dir, "witness.vkey")))

	trees := map[int64]tlog.Tree{}
	paths, err := filepath.Glob(filepath.Join(dir, "checkpoint.*"))
	noError(err, "listing")
	for _, path := range paths {
		data := read(path)
		tree, err := open(data, log, witness)
		noError(err, path)
		must(strings.HasSuffix(path, fmt.Sprint(".", tree.N)), "%s has size %d", path, tree.N)
		trees[tree.N] = tree
		_, err = open(bytes.Replace(data, []byte("\n"+fmt.Sprint(tree.N)+"\n"), []byte("\n9"+fmt.Sprint(tree.N)+"\n"), 1), log, witness)
		must(err != nil, "%s with another size verifies", path)
	}
	must(len(trees) > 0, "no checkpoints in %s", dir)

	for _, text := range strings.Split(line(read(dir, "inclusion")), "\n") {
		fields := strings.Fields(text)
		tree, index, leaf, proof := trees[number(fields[0])], number(fields[1]), hash(fields[2]), hashes(fields[3:])
		noError(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf), "inclusion "+text)
		must(tlog.CheckRecord(damaged(proof), tree.N, tree.Hash, index, leaf) != nil, "a damaged inclusion proof verifies: %s", text)

		// Go, from our tiles alone (which it authenticates against the root), makes the very same proof.
		made, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, folder{dir: dir}))
		noError(err, "tiles of "+fields[0])
		must(fmt.Sprint(made) == fmt.Sprint(proof), "Go makes another inclusion proof for %s", text)
	}
	for _, text := range strings.Split(line(read(dir, "consistency")), "\n") {
		fields := strings.Fields(text)
		old, tree, proof := trees[number(fields[0])], trees[number(fields[1])], hashes(fields[2:])
		noError(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash), "consistency "+text)
		must(tlog.CheckTree(damaged(proof), tree.N, tree.Hash, old.N, old.Hash) != nil, "a damaged consistency proof verifies: %s", text)
		made, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, folder{dir: dir}))
		noError(err, "tiles of "+fields[1])
		must(fmt.Sprint(made) == fmt.Sprint(proof), "Go makes another consistency proof for %s", text)
	}
	largest := trees[70000]
	_, err = tlog.ProveRecord(largest.N, 69999, tlog.TileHashReader(largest, folder{dir, "tile/0/273.p/112"}))
	must(err != nil, "a damaged tile is believed")

	// The proof file: the extra data is what the leaf commits to.
	head, checkpoint, found := strings.Cut(string(read(dir, "proof.tlog-proof")), "\n\n")
	must(found, "the proof file has no empty line")
	lines := strings.Split(head, "\n")
	must(lines[0] == "c2sp.org/tlog-proof@v1", "the proof file's first line")
	opened, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	noError(err, "the proof file's extra data")
	tree, err := open([]byte(checkpoint), log, witness)
	noError(err, "the proof file's checkpoint")
	data := sha256.Sum256(opened)
	index := number(strings.TrimPrefix(lines[2], "index "))
	noError(tlog.CheckRecord(hashes(lines[3:]), tree.N, tree.Hash, index, tlog.RecordHash(data[:])), "the proof file")

	fmt.Printf("matches: %d checks with golang.org/x/mod/sumdb, %d checkpoints\n", checks, len(trees))
}
