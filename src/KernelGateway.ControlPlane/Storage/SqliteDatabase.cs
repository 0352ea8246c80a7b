using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace KernelGateway.ControlPlane.Storage;

/// <summary>A file of SQLite, with a write-ahead log.</summary>
internal sealed class SqliteDatabase : SqlDatabase
{
    // Writers of several processes wait for each other.
    private const int BusyTimeoutSeconds = 30;

    private readonly string _path;
    private readonly string _connectionString;

    /// <summary>Creates it. The file is created, readable by its owner only, when it is opened first.</summary>
    public SqliteDatabase(string path)
    {
        _path = Path.GetFullPath(path);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString();
    }

    public override string Name => $"'{_path}'";

    // One writer at a time: nothing can change.
    public override string ShareLock => "";

    public override async Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellationToken) =>
        // Takes the write lock at once, where a deferred one could only find later that another process has it.
        await connection.BeginTransactionAsync(System.Data.IsolationLevel.Serializable, cancellationToken).ConfigureAwait(false);

    public override ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }

    protected override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_path)) CreateFile();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                // FULL: what was answered is on disk, also when the machine loses its power.
                command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // SQLite gives its other files the permissions of this one.
    private void CreateFile()
    {
        using var file = new FileStream(_path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
