package server

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/outbound"
	"pocketpass/server/post"
)

// maxMailTimeout keeps a message from taking longer than it is reserved for in the queue.
const maxMailTimeout = 2 * time.Minute

func (c MailConfig) mailer(roots *x509.CertPool) *post.SMTP {
	return &post.SMTP{Host: c.Host, Port: c.Port, Username: c.Username, Password: string(c.Password), TLS: c.TLS, Roots: roots,
		From: c.From, FromName: c.FromName, Timeout: c.Timeout}
}

func (c SMSConfig) gateway(client *outbound.Client) *post.Gateway {
	return &post.Gateway{Kind: c.Kind, URL: c.URL, Account: c.Account, Token: string(c.Token), Header: c.Header,
		From: c.From, Service: c.Service, Client: client}
}

// validate checks the settings of a mail server, unless there is none.
func (c MailConfig) validate() error {
	if c.Host == "" {
		return demand(c == DefaultConfig().Mail, "mail.host: is empty although other keys of [mail] are set: name the mail server, or leave out the others")
	}
	return errors.Join(within("mail", c.mailer(nil).Check()),
		positive("mail.timeout", c.Timeout),
		demand(c.Timeout <= maxMailTimeout, "mail.timeout: %s is too long: write at most %s", c.Timeout, maxMailTimeout))
}

// validate checks the settings of a gateway, unless there is none.
func (c SMSConfig) validate() error {
	if c.Kind == "" {
		return demand(c == SMSConfig{}, "sms.kind: is empty although other keys of [sms] are set: write twilio or webhook, or leave out the others")
	}
	return within("sms", c.gateway(nil).Check())
}

// within puts the name of a section before each of the keys that err names.
func within(section string, err error) error {
	all, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var out []error
	for _, one := range all.Unwrap() {
		out = append(out, fmt.Errorf("%s.%w", section, one))
	}
	return errors.Join(out...)
}

// maxRoots bounds a file of authorities; that of a whole system has a quarter of it.
const maxRoots = 1 << 20

// rootsFrom reads the authorities that the setting key names a file of; nil means the system's.
func rootsFrom(key, path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := ReadGiven(path, maxRoots)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s holds no certificate in PEM", key, path)
	}
	return pool, nil
}

// post makes what sends mail and text messages; what is not set up stays nil.
func (a *Appliance) post(c *issuer.Config) {
	if a.cfg.Mail.Host != "" {
		c.Mail = a.cfg.Mail.mailer(a.mailRoots)
	}
	if a.cfg.SMS.Kind != "" { // no redirects: they turn a POST into a GET
		c.SMS = a.cfg.SMS.gateway(outbound.New(outbound.Options{Allow: prefixes(a.cfg.Outbound.Allow), Timeout: a.cfg.Outbound.Timeout}))
	}
}
