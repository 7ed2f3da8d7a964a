// How many entries a second Tessera's POSIX log makes durable, in the same run as ours: go run . It appends entries of 32 bytes, as ours are, in batches of a
// thousand and one by one, and counts an entry when its future says that it is in the tree on disk.
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func no(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	klog.InitFlags(nil)
	no(flag.Set("stderrthreshold", "FATAL"))
	no(flag.Set("logtostderr", "false"))
	flag.Parse()
	folder, err := os.MkdirTemp("", "tessera-")
	no(err)
	defer func() { _ = os.RemoveAll(folder) }()
	ctx := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "es.moj/ledger/1")
	no(err)
	signer, err := note.NewSigner(secret)
	no(err)
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	no(err)
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithBatching(1000, 10*time.Millisecond).
		WithPushback(100_000).WithCheckpointInterval(time.Second)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	no(err)
	fmt.Println("Tessera 1.0.4, POSIX")
	n := uint64(0)
	for _, run := range []struct{ batch, count int }{{1, 20}, {1_000, 100_000}, {1_000, 100_000}} {
		begun := time.Now()
		for done := 0; done < run.count; done += run.batch {
			futures := []tessera.IndexFuture{}
			for range run.batch {
				entry := make([]byte, 32)
				binary.BigEndian.PutUint64(entry, n)
				n++
				futures = append(futures, appender.Add(ctx, tessera.NewEntry(entry)))
			}
			for _, future := range futures {
				_, err := future()
				no(err)
			}
		}
		rate := float64(run.count) / time.Since(begun).Seconds()
		fmt.Printf("  %5d entries at once: %8.0f appends/s (tree of %d)\n", run.batch, rate, n)
	}
	no(shutdown(ctx))
}
