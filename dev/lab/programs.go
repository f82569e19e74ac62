package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// env is what the programs are started with: nothing of ours, so that no setting of the person at the
// keyboard reaches them.
func (l *Lab) env(further ...string) []string {
	key, sid, token := l.Sandbox.Account()
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + l.dir, "USER=" + orElse(os.Getenv("USER"), "lab"),
		"DATABASE_URL=" + l.DatabaseURL(),
		"TEMPORAL_ADDRESS=" + l.Temporal.FrontendAddress(), "TEMPORAL_NAMESPACE=" + l.Temporal.Namespace(),
		"SENDGRID_API_KEY=" + key, "SENDGRID_BASE_URL=" + l.Sandbox.URL(), "SENDGRID_ACTIVITY=true", "SENDGRID_WEBHOOK_KEY=" + l.Sandbox.PublicKey(),
		"TWILIO_ACCOUNT_SID=" + sid, "TWILIO_AUTH_TOKEN=" + token, "TWILIO_BASE_URL=" + l.Sandbox.URL(),
		"PUBLIC_URL=" + l.APIURL(),
	}
	return append(env, further...)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// CLI runs a command of dunlin and returns what it printed. Its error says what the command complained of.
func (l *Lab) CLI(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(l.Bin, "dunlin"), args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = l.env(), &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("dunlin %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.Bytes(), nil
}

// Environment returns the variables with which anybody's dunlin speaks to this lab.
func (l *Lab) Environment() []string {
	return []string{"DATABASE_URL=" + l.DatabaseURL(), "TEMPORAL_ADDRESS=" + l.Temporal.FrontendAddress()}
}

func secretOf(answer []byte) (string, error) {
	var made struct {
		Secret string `json:"key"`
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.Secret == "" {
		return "", fmt.Errorf("dunlin key create answered without a secret (%w)", err)
	}
	return made.Secret, nil
}

func (l *Lab) startAPI(ctx context.Context) (err error) {
	if l.NoAPI {
		return nil
	}
	l.Say("starting the API")
	if l.apiPort, err = freePort(l.APIPort, "the API"); err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(l.apiPort))
	if l.api, err = launch("the API", l.LogFile("api"), l.env(), filepath.Join(l.Bin, "dunlin"), "serve", "--listen", address); err != nil {
		return err
	}
	if err := answers(ctx, l.api, l.APIURL()+"/readyz", l.LogFile("api")); err != nil {
		return err
	}
	l.Sandbox.SetWebhooks(l.APIURL()+"/webhooks/sendgrid", l.APIURL()+"/webhooks/twilio/inbound")
	return nil
}

// StartWorker starts the worker; it must not run.
func (l *Lab) StartWorker(ctx context.Context) (err error) {
	if l.probe, err = freePort(0, "the worker"); err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(l.probe))
	env := l.env("DUNLIN_WORKER_LISTEN="+address, "DUNLIN_EMAIL_PER_SECOND=200", "DUNLIN_SMS_PER_SECOND=200", "DUNLIN_STOP_TIMEOUT=20s", "DUNLIN_CHECKPOINT_EVERY=30s")
	if l.worker, err = launch("the worker", l.LogFile("worker"), append(env, l.WorkerEnv...), l.Worker); err != nil {
		return err
	}
	return answers(ctx, l.worker, "http://"+address+"/readyz", l.LogFile("worker"))
}

// StopWorker lets the worker end what it has begun, and stops it.
func (l *Lab) StopWorker() { l.worker.stop(25 * time.Second) }

// KillWorker ends the worker by SIGKILL: nothing is finished, nothing is answered.
func (l *Lab) KillWorker() { l.worker.kill() }

// WorkerEnded says whether the worker runs no more, e.g. because a failpoint killed it.
func (l *Lab) WorkerEnded() bool { return l.worker == nil || l.worker.ended() }

// LogFile is where a part writes its log: "api", "worker".
func (l *Lab) LogFile(part string) string { return filepath.Join(l.dir, part+".log") }

// answers waits until a program that was just started answers its probe.
func answers(ctx context.Context, p *process, url, logFile string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	probe := &http.Client{Timeout: 2 * time.Second}
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := probe.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.done:
			return errors.Join(fmt.Errorf("%s ended: %w", p.name, p.err), tail(logFile))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s does not answer: %w", p.name, ctx.Err()), tail(logFile))
		case <-time.After(pause):
		}
	}
}

// tail is the end of a log file as an error.
func tail(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text = bytes.TrimSpace(text)
	return errors.New("its log ends:\n" + string(text[max(0, len(text)-2000):]))
}

// WorkerCPU is the processor time that the worker has used so far, in seconds.
func (l *Lab) WorkerCPU() float64 { return l.worker.cpu() }
