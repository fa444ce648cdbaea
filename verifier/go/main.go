// Verifies a log or proofs of entries with libraries of the transparency-log world, none of which Spillway uses or wrote:
// github.com/transparency-dev/tessera (rebuilds every tile and the root from the entries), github.com/transparency-dev/merkle
// (proofs), golang.org/x/mod/sumdb/note (signatures). All that is written here is what joins them.
//
//	go run . -key verifier.key LOG                       a folder, or the http(s) address that a log is published at
//	go run . -key verifier.key call.tlog-proof ...       proofs, with the entry that each of them carries
//
// A key to read an address with is taken from the environment: SPILLWAY_AUDIT_KEY.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	key := flag.String("key", "", "file of the log's verifier key")
	limit := flag.Duration("timeout", 10*time.Minute, "longest time for a log")
	flag.Parse()
	if err := run(*key, *limit, flag.Args()); err != nil {
		// Tessera's errors hold whole tiles.
		text, _, _ := strings.Cut(err.Error(), "\n")
		fmt.Fprintf(os.Stderr, "NOT verified: %.400s\n", text)
		os.Exit(1)
	}
}

func run(keyFile string, limit time.Duration, places []string) error {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return fmt.Errorf("name a log, or proofs")
	}
	for _, place := range places {
		if strings.HasSuffix(place, ".tlog-proof") {
			err = verifyProof(place, verifier)
		} else {
			err = verifyLog(place, verifier, limit)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		fmt.Println("verified:", place)
	}
	return nil
}

func verifyLog(place string, verifier note.Verifier, limit time.Duration) error {
	fetcher, err := fetcherOf(place)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- fsck.New(verifier.Name(), verifier, fetcher, leafHashes, fsck.Opts{N: 2}).Check(ctx) }()
	select {
	case err := <-done:
		return err
	// Given a tile that is missing or wrong, it may go on for ever.
	case <-ctx.Done():
		return fmt.Errorf("it came to no end within %s", limit)
	}
}

func fetcherOf(place string) (fsck.Fetcher, error) {
	if !strings.HasPrefix(place, "http://") && !strings.HasPrefix(place, "https://") {
		return &client.FileFetcher{Root: place}, nil
	}
	root, err := url.Parse(strings.TrimSuffix(place, "/") + "/")
	if err != nil {
		return nil, err
	}
	fetcher, err := client.NewHTTPFetcher(root, nil)
	if secret := os.Getenv("SPILLWAY_AUDIT_KEY"); err == nil && secret != "" {
		fetcher.SetAuthorizationHeader("Bearer " + secret)
	}
	return fetcher, err
}

func leafHashes(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(entries.Entries))
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// C2SP tlog-proof: a header, "extra" (the entry), "index", hashes, an empty line, a checkpoint.
func verifyProof(file string, verifier note.Verifier) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, signed, found := bytes.Cut(content, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return fmt.Errorf("is no proof that carries its entry")
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseUint(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	hashes := [][]byte{}
	for _, line := range lines[3:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return err
		}
		hashes = append(hashes, hash)
	}
	checkpoint, _, _, err := log.ParseCheckpoint(signed, verifier.Name(), verifier)
	if err != nil {
		return err
	}
	return proof.VerifyInclusion(rfc6962.DefaultHasher, index, checkpoint.Size, rfc6962.DefaultHasher.HashLeaf(entry), hashes, checkpoint.Hash)
}
