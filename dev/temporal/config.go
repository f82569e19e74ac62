package temporal

import (
	"fmt"
	"net"
	"strconv"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active"
	disabled    = "disabled"
	// shards of the history service. Fixed for the life of a database; SQLite writes one at a time anyhow.
	shards = 1
)

// ports on loopback: one per service of the server, and the UI's.
type ports struct{ frontend, history, matching, worker, ui int }

func choosePorts(o Options) (p ports, err error) {
	wishes := []struct {
		port *int
		wish int
		name string
	}{
		{&p.frontend, o.Port, "Temporal"},
		{&p.ui, max(o.UIPort, 0), "the Temporal UI"},
		{&p.history, 0, ""},
		{&p.matching, 0, ""},
		{&p.worker, 0, ""},
	}
	for _, w := range wishes {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(w.wish)))
		if err != nil {
			return p, fmt.Errorf("port %d for %s is taken on this machine: choose another one, or 0 for any: %w", w.wish, w.name, err)
		}
		defer l.Close() // only when all are chosen, so that no two are the same
		*w.port = l.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}

// byService lists the ports of the server's services.
func (p ports) byService() map[primitives.ServiceName]int {
	return map[primitives.ServiceName]int{
		primitives.FrontendService: p.frontend,
		primitives.HistoryService:  p.history,
		primitives.MatchingService: p.matching,
		primitives.WorkerService:   p.worker,
	}
}

// hosts tells the services where the others are, which spares them the gossip of a real cluster.
func (p ports) hosts() map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, port := range p.byService() {
		address := net.JoinHostPort(loopback, strconv.Itoa(port))
		hosts[name] = static.Hosts{All: []string{address}, Self: address}
	}
	return hosts
}

func serverConfig(p ports, storage *config.SQL) *config.Config {
	services := map[string]config.Service{}
	for name, port := range p.byService() {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback}}
	}
	frontend := net.JoinHostPort(loopback, strconv.Itoa(p.frontend))
	return &config.Config{
		Services: services,
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: shards,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: storage}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: disabled},
			Visibility: config.VisibilityArchival{State: disabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: disabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: disabled},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}
}
