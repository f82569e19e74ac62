package temporal

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"

	"dunlin/collection"
)

// retention is how long a closed workflow stays readable.
const retention = 30 * 24 * time.Hour

// prepareStorage makes the tables when they are missing, and the namespace with our search attributes
// before the server starts: added later, they would take some seconds to reach all of it.
func prepareStorage(o Options) (*config.SQL, error) {
	sql := &config.SQL{PluginName: sqlite.PluginName, DatabaseName: o.DBFile}
	if o.DBFile == "" {
		sql.DatabaseName = "dunlin-" + rand.Text() // servers in one process must not share it
		sql.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
	} else {
		sql.ConnectAttributes = map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "normal"}
		if err := os.MkdirAll(filepath.Dir(o.DBFile), 0o755); err != nil {
			return nil, err
		}
		if err := createTables(o.DBFile, sql); err != nil {
			return nil, err
		}
	}
	var all []*sqliteschema.NamespaceConfig
	for _, name := range append([]string{o.Namespace}, o.Further...) {
		namespace, err := sqliteschema.NewNamespaceConfig(clusterName, name, false, attributes())
		if err != nil {
			return nil, err
		}
		namespace.Detail.Config.Retention = durationpb.New(retention)
		all = append(all, namespace)
	}
	return sql, sqliteschema.CreateNamespaces(sql, all...)
}

// createTables sets up a new file under another name first, so that one cut short is never used.
func createTables(file string, sql *config.SQL) error {
	if _, err := os.Stat(file); err == nil || !os.IsNotExist(err) {
		return err
	}
	half := *sql
	half.DatabaseName = file + ".new"
	half.ConnectAttributes = map[string]string{"mode": "rwc"}
	if err := os.Remove(half.DatabaseName); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := sqliteschema.SetupSchema(&half); err != nil {
		return err
	}
	return os.Rename(half.DatabaseName, file)
}

// attributes lists the search attributes that collection declares.
func attributes() map[string]enumspb.IndexedValueType {
	all := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{
		collection.AttrCreditor, collection.AttrDebtor, collection.AttrInvoice, collection.AttrStage,
		collection.AttrCurrency, collection.AttrDueDate, collection.AttrBalance,
	} {
		all[key.GetName()] = key.GetValueType()
	}
	return all
}

// addAttributes adds the search attributes that a namespace of an earlier release lacks.
func addAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return err
	}
	missing := attributes()
	for name := range have.CustomAttributes {
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	return err
}
