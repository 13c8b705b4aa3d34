package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"pocketpass/server"
	"pocketpass/server/demo"
	"pocketpass/store/backup"
)

// demoVerb runs everything on this machine: a demo authority, a stand-in push
// service, a simulated phone. Unless a data folder is set it leaves nothing behind.
func demoVerb(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("demo")
	var err error
	if s.data, err = os.MkdirTemp("", "pocketpass-demo-"); err != nil {
		return report(stderr, "demo", err, failed)
	}
	defer os.RemoveAll(s.data)
	asJSON := s.set.Bool("json", false, "print one line of JSON when ready, for scripts")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	if err := runDemo(ctx, cfg, *asJSON, stdout, stderr); err != nil {
		return report(stderr, "demo", err, failed)
	}
	return ok
}

func runDemo(ctx context.Context, cfg server.Config, asJSON bool, stdout, stderr io.Writer) (err error) {
	server.TuneMemory()
	if !asJSON {
		cfg.Log.Access = false // the page shows the conversation better
	}
	log, err := server.NewLogger(stderr, cfg.Log)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return err
	}
	if err := demandDemo(cfg.Data); err != nil {
		return err
	}
	stage, err := demo.Prepare(cfg.Data, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	cfg.Push.Host = stage.Push.URL()
	var d *demo.Demo
	number, _ := build()
	a, err := server.Open(ctx, cfg, server.Options{
		Log: log, Version: number, Local: true, PushRoots: stage.Push.Roots(), NoSync: noSync,
		Mount: func(ctx context.Context, a *server.Appliance, mux *http.ServeMux) (err error) {
			if d, err = stage.Start(ctx, a.Issuer, a.BaseURL(), time.Now); err == nil {
				d.Register(mux)
			}
			return err
		},
	})
	if err != nil {
		return err
	}
	defer d.Close()
	key, secret, err := a.Access.Standing(ctx, "demo")
	if err == nil {
		err = greetDemo(stdout, a.BaseURL(), key.ID.Short()+"."+secret, d, asJSON)
	}
	if err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Run(ctx)
}

// demandDemo refuses the data of a server: pushes that wait there for real phones would
// go to the stand-in.
func demandDemo(data string) error {
	_, err := os.Stat(filepath.Join(data, backup.DefaultDatabase))
	_, ours := os.Stat(filepath.Join(data, demo.AuthorityFile))
	if err == nil && errors.Is(ours, fs.ErrNotExist) {
		return fmt.Errorf("data: %s is the folder of a server, not of a demo: name another one with --data, or leave it out", data)
	}
	return nil
}

func greetDemo(stdout io.Writer, url, key string, d *demo.Demo, asJSON bool) error {
	page, file := d.Links()
	if asJSON {
		return json.NewEncoder(stdout).Encode(map[string]string{
			"url": url, "adminKey": key, "campaignId": d.Campaign.ID.Short(), "passId": d.Pass.ID.Short(),
			"pageUrl": page, "pkpassUrl": file,
		})
	}
	_, err := fmt.Fprintf(stdout, `
  Pocketpass demo: no Apple account, no network. Phones refuse what it signs.

  Open         %s
  Pass         %s
  Admin key    %s
  API          %s/docs
  Change it    curl -X PATCH -H "Authorization: Bearer %s" \
                 -H "Content-Type: application/json" \
                 -d '{"values": {"stamps": 4}}' %s/api/v1/passes/%s

  Press Ctrl-C to stop.

`, url, page, key, url, key, url, d.Pass.ID.Short())
	return err
}
