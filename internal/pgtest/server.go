//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options says what server to start. The zero value is a fast, throw-away one.
type Options struct {
	// DataDir keeps the data between starts; it is created when missing. Empty means a temporary folder
	// that is removed by Stop, or by the next start of a server if this program is killed.
	DataDir string
	// Fsync makes commits survive a crash of the machine. Off by default: tests don't need it.
	Fsync bool
	// Port on 127.0.0.1. 0 means any free one.
	Port int
	// Settings of the server beside these, as in postgresql.conf: "shared_buffers=1GB".
	Settings []string
}

// Server is a running private PostgreSQL. Everyone on this machine may connect to it without a
// password, so keep nothing secret in it.
type Server struct {
	port    int
	dataDir string
	lock    *os.File // held by the server's processes too: whoever gets it knows they are gone
	temp    bool
	process *process
}

// startTimeout is how long a server may take to answer. It is long for the sake of recovery after a crash.
const startTimeout = 60 * time.Second

// Start starts a server and returns when it answers. A data folder used by another server that is
// shutting down is waited for. Stop it, or let it die with this program.
func Start(ctx context.Context, o Options) (*Server, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	acc, err := currentAccount()
	if err != nil {
		return nil, err
	}
	s := &Server{dataDir: o.DataDir, temp: o.DataDir == ""}
	if err := s.prepare(ctx, bin, acc); err != nil {
		s.cleanUp()
		return nil, err
	}
	if err := s.run(ctx, bin, acc, o); err != nil {
		s.cleanUp()
		return nil, err
	}
	return s, nil
}

// run starts the program, on another port if somebody else took the free one meanwhile.
func (s *Server) run(ctx context.Context, bin string, acc account, o Options) error {
	for try := 1; ; try++ {
		port, err := freePort(o.Port)
		if err != nil {
			return err
		}
		s.port = port
		log, err := os.Create(s.logPath())
		if err != nil {
			return err
		}
		cmd := command(filepath.Join(bin, "postgres"), settings(s.clusterDir(), port, o)...)
		cmd.SysProcAttr.Credential = acc.credential()
		cmd.Dir, cmd.Env = s.clusterDir(), childEnv()
		cmd.Stdout, cmd.Stderr = log, log
		cmd.ExtraFiles = append(cmd.ExtraFiles, s.lock)
		s.process, err = launch(cmd)
		log.Close()
		if err != nil {
			return fmt.Errorf("starting PostgreSQL: %w", err)
		}
		err = s.waitUntilUp(ctx)
		if err == nil {
			return nil
		}
		s.process.stop()
		if o.Port != 0 || try == 5 || !bytes.Contains(s.log(), []byte("Address already in use")) {
			return err
		}
	}
}

// waitUntilUp returns when the server answers, and is ours: another one could sit on the same port.
func (s *Server) waitUntilUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		dir, err := s.answers(ctx)
		if err == nil && dir == s.clusterDir() {
			return nil
		}
		if err == nil {
			return fmt.Errorf("port %d belongs to another PostgreSQL (its data are in %s): choose another port", s.port, dir)
		}
		if s.process.ended() {
			return fmt.Errorf("PostgreSQL did not start in %s:\n%s", s.dataDir, tail(s.log()))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not answer on port %d: %w\n%s", s.port, errors.Join(ctx.Err(), err), tail(s.log()))
		case <-s.process.done:
		case <-time.After(pause):
		}
	}
}

func (s *Server) answers(ctx context.Context) (dataDir string, err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, "SHOW data_directory").Scan(&dataDir)
	return dataDir, err
}

// URL returns the connection string of a database of this server. The database postgres always exists.
func (s *Server) URL(db string) string {
	return "postgres://postgres@127.0.0.1:" + strconv.Itoa(s.port) + "/" + db + "?sslmode=disable"
}

// Port is the TCP port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// DataDir is the folder that holds the data and the server's log.
func (s *Server) DataDir() string { return s.dataDir }

// Stop ends all sessions and shuts the server down. A temporary data folder is removed.
func (s *Server) Stop() {
	s.process.stop()
	s.cleanUp()
}

func (s *Server) cleanUp() {
	if s.lock != nil {
		s.lock.Close()
	}
	if s.temp && s.dataDir != "" {
		_ = os.RemoveAll(s.dataDir) // what remains is swept by the next start
	}
}

func (s *Server) clusterDir() string { return filepath.Join(s.dataDir, "data") }
func (s *Server) logPath() string    { return filepath.Join(s.dataDir, "postgres.log") }

func (s *Server) log() []byte {
	text, _ := os.ReadFile(s.logPath()) // without a log there is nothing to add to the error
	return text
}

// tail returns the last lines of a log, for an error message.
func tail(log []byte) []byte {
	const most = 2000
	if log = bytes.TrimSpace(log); len(log) > most {
		log = log[len(log)-most:]
		if i := bytes.IndexByte(log, '\n'); i >= 0 {
			log = log[i+1:]
		}
	}
	return log
}

// freePort returns the wished port, or any free one for 0.
func freePort(wish int) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(wish)))
	if err != nil {
		return 0, fmt.Errorf("port %d on 127.0.0.1 is taken: choose another one for PostgreSQL: %w", wish, err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
