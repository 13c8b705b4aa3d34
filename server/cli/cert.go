package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"

	"pocketpass/server"
	"pocketpass/signer"
)

// cert handles Pass Type ID certificates.
func cert(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return subverb(ctx, "cert", args, stdout, stderr, []verb{
		{"request", "make a key and print the request to upload at Apple's portal: --name NAME [--email ADDRESS] [--renews ID]", requestCert},
		{"import", "take in what Apple or a colleague handed over: [--password-file F] FILE…", importCert},
		{"list", "list the certificates with their states", listCerts},
	})
}

func requestCert(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("cert request")
	name := s.set.String("name", "passes", "what to call it here")
	email := s.set.String("email", "", "address to write into the request")
	renews := s.set.String("renews", "", "id of the certificate to be renewed, from cert list; another pass type identifier is refused then")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	return with(ctx, cfg, "cert request", stderr, func(c *client) error {
		var out struct {
			ID      string `json:"id"`
			Request string `json:"request"`
		}
		in := map[string]string{"name": *name, "commonName": *name}
		if *email != "" {
			in["email"] = *email
		}
		if *renews != "" {
			in["renews"] = *renews
		}
		if err := c.call(ctx, http.MethodPost, "/api/v1/certificates/requests", in, &out); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "The key stays here as %s. Upload this request at Apple's portal under Certificates, Pass Type ID Certificate,\nand give what you download there to: pocketpass cert import FILE\n", out.ID)
		_, err := fmt.Fprint(stdout, out.Request)
		return err
	})
}

func importCert(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("cert import")
	passwordFile := s.set.String("password-file", "", "file that holds the password of a .p12")
	files, flags := words(s.set, args)
	cfg, code, done := s.load(flags, stdout, stderr)
	if done {
		return code
	}
	if len(files) == 0 {
		return report(stderr, "cert import", fmt.Errorf("name the files that Apple or a colleague handed over"), usage)
	}
	body, contentType, err := importForm(files, *passwordFile)
	if err != nil {
		return report(stderr, "cert import", err, failed)
	}
	return with(ctx, cfg, "cert import", stderr, func(c *client) error {
		var out json.RawMessage
		err := c.send(ctx, http.MethodPost, "/api/v1/certificates", contentType, body, &out)
		if r, ok := errors.AsType[refused](err); ok && r.Code == "certificate_password" {
			return fmt.Errorf("%w (a password goes into a file that --password-file names)", err)
		}
		if err != nil {
			return err
		}
		return printJSON(stdout, out)
	})
}

// maxSecretFile bounds a file that holds a password or a key.
const maxSecretFile = 64 << 10

func importForm(files []string, passwordFile string) (io.Reader, string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range files {
		data, err := server.ReadGiven(name, signer.MaxMaterial)
		if err != nil {
			return nil, "", err
		}
		part, err := form.CreateFormFile("file", filepath.Base(name))
		if err != nil {
			return nil, "", err
		}
		part.Write(data)
	}
	if passwordFile != "" {
		password, err := server.ReadGiven(passwordFile, maxSecretFile)
		if err != nil {
			return nil, "", err
		}
		if err := form.WriteField("password", string(bytes.TrimRight(password, "\r\n"))); err != nil {
			return nil, "", err
		}
	}
	return &body, form.FormDataContentType(), form.Close()
}

func listCerts(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("cert list")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	return withData(ctx, cfg, "cert list", stderr, func(c *client) error { return printItems(ctx, c, "/api/v1/certificates", stdout) })
}

// words takes what is not a flag out of args, wherever it stands, so that files
// may come before flags and after them.
func words(set *flag.FlagSet, args []string) (words, flags []string) {
	for n := 0; n < len(args); n++ {
		if len(args[n]) < 2 || args[n][0] != '-' {
			words = append(words, args[n])
			continue
		}
		flags = append(flags, args[n])
		if takesValue(set, args[n]) && n+1 < len(args) {
			n++
			flags = append(flags, args[n])
		}
	}
	return words, flags
}

func takesValue(set *flag.FlagSet, arg string) bool {
	name := string(bytes.TrimLeft([]byte(arg), "-"))
	f := set.Lookup(name) // nil for --name=value, too
	if f == nil {
		return false
	}
	b, isBool := f.Value.(interface{ IsBoolFlag() bool })
	return !isBool || !b.IsBoolFlag()
}
