using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KernelGateway.ControlPlane.Storage;

/// <summary>The sandboxes, teams, keys, snapshots and settings of control planes, in SQLite or PostgreSQL.</summary>
/// <remarks>
/// A row of a sandbox carries the machine that has it and the epoch of that machine's control plane. Starting one increments the epoch and
/// takes the rows over; a change with an older epoch changes nothing and is an error. A method that has returned has stored.
/// </remarks>
internal sealed class ControlPlaneStore : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<StoredState>() },
    };

    private readonly SqlDatabase _database;

    private ControlPlaneStore(SqlDatabase database, string machine, long epoch)
    {
        _database = database;
        Machine = machine;
        Epoch = epoch;
    }

    /// <summary>Gets the machine whose sandboxes this control plane has.</summary>
    public string Machine { get; }

    /// <summary>Gets this control plane's number among those that the machine has had.</summary>
    public long Epoch { get; }

    /// <summary>Migrates the tables and takes over the machine's rows.</summary>
    /// <param name="database">The database; the store disposes it.</param>
    /// <param name="machine">The machine's name.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="StorageException">It cannot be used.</exception>
    public static async Task<ControlPlaneStore> OpenAsync(SqlDatabase database, string machine, CancellationToken cancellationToken)
    {
        await MigrateAsync(database, cancellationToken).ConfigureAwait(false);
        var epochs = await database.QueryAsync(
            "INSERT INTO machines (name, epoch) VALUES (@machine, 1) ON CONFLICT (name) DO UPDATE SET epoch = machines.epoch + 1 RETURNING epoch",
            reader => reader.GetInt64(0),
            cancellationToken,
            ("machine", machine)).ConfigureAwait(false);
        await database.ExecuteAsync(
            "UPDATE sandboxes SET epoch = @epoch WHERE machine = @machine AND epoch < @epoch",
            cancellationToken,
            ("epoch", epochs[0]),
            ("machine", machine)).ConfigureAwait(false);
        return new ControlPlaneStore(database, machine, epochs[0]);
    }

    /// <summary>
    /// Opens the store to change teams and keys, and to read: rows of sandboxes stay with the control plane that has them.
    /// </summary>
    /// <exception cref="StorageException">It cannot be used.</exception>
    public static async Task<ControlPlaneStore> OpenForKeysAsync(SqlDatabase database, CancellationToken cancellationToken)
    {
        await MigrateAsync(database, cancellationToken).ConfigureAwait(false);
        return new ControlPlaneStore(database, machine: "", epoch: 0);
    }

    /// <summary>Returns the sandboxes of this machine.</summary>
    public Task<List<SandboxRecord>> ListSandboxesAsync(CancellationToken cancellationToken) => _database.QueryAsync(
        "SELECT document FROM sandboxes WHERE machine = @machine AND epoch = @epoch", ReadDocument<SandboxRecord>, cancellationToken,
        ("machine", Machine), ("epoch", Epoch));

    /// <summary>Returns the ids of the sandboxes and snapshots that were made from a template, on any machine.</summary>
    public async Task<List<string>> ListUsersOfTemplateAsync(string templateId, CancellationToken cancellationToken)
    {
        var sandboxes = await _database.QueryAsync(
            "SELECT document FROM sandboxes ORDER BY id", ReadDocument<SandboxRecord>, cancellationToken).ConfigureAwait(false);
        var snapshots = await _database.QueryAsync(
            "SELECT document FROM snapshots ORDER BY id", ReadDocument<SnapshotRecord>, cancellationToken).ConfigureAwait(false);
        return
        [
            .. sandboxes.Where(sandbox => sandbox.BaseTemplateId == templateId).Select(sandbox => sandbox.Id),
            .. snapshots.Where(snapshot => snapshot.BaseTemplateId == templateId).Select(snapshot => snapshot.Id),
        ];
    }

    /// <summary>Adds a sandbox.</summary>
    /// <exception cref="EpochLostException">Another control plane has the machine.</exception>
    public Task AddAsync(SandboxRecord sandbox, CancellationToken cancellationToken) => ChangeOneAsync(
        "INSERT INTO sandboxes (id, team_id, machine, epoch, state, document) "
        + $"SELECT @id, @team, name, epoch, @state, @document FROM machines WHERE name = @machine AND epoch = @epoch{_database.ShareLock}",
        cancellationToken,
        ("id", sandbox.Id), ("team", sandbox.TeamId), ("state", sandbox.State.ToString()), ("document", Write(sandbox)));

    /// <summary>Changes a sandbox.</summary>
    /// <exception cref="EpochLostException">Another control plane has the machine.</exception>
    public Task ChangeAsync(SandboxRecord sandbox, CancellationToken cancellationToken) => ChangeOneAsync(
        "UPDATE sandboxes SET state = @state, document = @document WHERE id = @id AND machine = @machine AND epoch = @epoch",
        cancellationToken,
        ("id", sandbox.Id), ("state", sandbox.State.ToString()), ("document", Write(sandbox)));

    /// <summary>Removes a sandbox.</summary>
    /// <exception cref="EpochLostException">Another control plane has the machine.</exception>
    public Task RemoveAsync(string id, CancellationToken cancellationToken) => ChangeOneAsync(
        "DELETE FROM sandboxes WHERE id = @id AND machine = @machine AND epoch = @epoch", cancellationToken, ("id", id));

    /// <summary>Returns all teams.</summary>
    public Task<List<TeamRecord>> ListTeamsAsync(CancellationToken cancellationToken) => _database.QueryAsync(
        "SELECT id, name, max_running, max_creates_per_second, max_memory_bytes FROM teams ORDER BY name",
        reader => new TeamRecord(reader.GetString(0), reader.GetString(1), (int)reader.GetInt64(2), (int)reader.GetInt64(3), reader.GetInt64(4)),
        cancellationToken);

    /// <summary>Adds a team, or changes the limits of the team with its id.</summary>
    public Task PutAsync(TeamRecord team, CancellationToken cancellationToken) => _database.ExecuteAsync(
        "INSERT INTO teams (id, name, max_running, max_creates_per_second, max_memory_bytes) VALUES (@id, @name, @running, @creates, @memory) "
        + "ON CONFLICT (id) DO UPDATE SET max_running = @running, max_creates_per_second = @creates, max_memory_bytes = @memory",
        cancellationToken,
        ("id", team.Id), ("name", team.Name), ("running", (long)team.MaxRunning), ("creates", (long)team.MaxCreatesPerSecond),
        ("memory", team.MaxMemoryBytes));

    /// <summary>Returns the keys of all teams, the oldest first.</summary>
    public Task<List<ApiKeyRecord>> ListKeysAsync(CancellationToken cancellationToken) => _database.QueryAsync(
        "SELECT id, team_id, name, mask, hash, created_at FROM api_keys ORDER BY created_at, id", ReadKey, cancellationToken);

    /// <summary>Finds a key by its digest; null when there is none.</summary>
    public async Task<ApiKeyRecord?> FindKeyAsync(string hash, CancellationToken cancellationToken)
    {
        var found = await _database.QueryAsync(
            "SELECT id, team_id, name, mask, hash, created_at FROM api_keys WHERE hash = @hash", ReadKey, cancellationToken,
            ("hash", hash)).ConfigureAwait(false);
        return found.FirstOrDefault();
    }

    /// <summary>Adds a key.</summary>
    public Task AddAsync(ApiKeyRecord key, CancellationToken cancellationToken) => _database.ExecuteAsync(
        "INSERT INTO api_keys (id, team_id, name, mask, hash, created_at) VALUES (@id, @team, @name, @mask, @hash, @created)",
        cancellationToken,
        ("id", key.Id), ("team", key.TeamId), ("name", key.Name), ("mask", key.Mask), ("hash", key.Hash), ("created", ToMicroseconds(key.CreatedAt)));

    /// <summary>Removes a key; false when there is none with the id.</summary>
    public async Task<bool> RemoveKeyAsync(string id, CancellationToken cancellationToken) =>
        await _database.ExecuteAsync("DELETE FROM api_keys WHERE id = @id", cancellationToken, ("id", id)).ConfigureAwait(false) == 1;

    /// <summary>Returns the snapshots of a team, the newest first.</summary>
    public Task<List<SnapshotRecord>> ListSnapshotsAsync(string teamId, CancellationToken cancellationToken) => _database.QueryAsync(
        "SELECT document FROM snapshots WHERE team_id = @team ORDER BY created_at DESC, id DESC", ReadDocument<SnapshotRecord>, cancellationToken,
        ("team", teamId));

    /// <summary>Adds a snapshot, or replaces the one with its id.</summary>
    /// <exception cref="EpochLostException">Another control plane has the machine.</exception>
    public Task PutAsync(SnapshotRecord snapshot, CancellationToken cancellationToken) => ChangeOneAsync(
        "INSERT INTO snapshots (id, team_id, machine, created_at, document) "
        + $"SELECT @id, @team, name, @created, @document FROM machines WHERE name = @machine AND epoch = @epoch{_database.ShareLock} "
        + "ON CONFLICT (id) DO UPDATE SET machine = @machine, created_at = @created, document = @document",
        cancellationToken,
        ("id", snapshot.Id), ("team", snapshot.TeamId), ("created", ToMicroseconds(snapshot.CreatedAt)), ("document", Write(snapshot)));

    /// <summary>Removes a snapshot.</summary>
    public Task RemoveSnapshotAsync(string id, CancellationToken cancellationToken) =>
        _database.ExecuteAsync("DELETE FROM snapshots WHERE id = @id", cancellationToken, ("id", id));

    /// <summary>Returns a setting. The first caller's value is the one that all get.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="initial">The value that is stored if there is none.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<string> GetSettingAsync(string name, string initial, CancellationToken cancellationToken)
    {
        await _database.ExecuteAsync(
            "INSERT INTO settings (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING", cancellationToken,
            ("name", name), ("value", initial)).ConfigureAwait(false);
        var found = await _database.QueryAsync(
            "SELECT value FROM settings WHERE name = @name", reader => reader.GetString(0), cancellationToken, ("name", name)).ConfigureAwait(false);
        return found[0];
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task MigrateAsync(SqlDatabase database, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false)) await Schema.MigrateAsync(database, connection, cancellationToken).ConfigureAwait(false);
    }

    private async Task ChangeOneAsync(string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        var changed = await _database.ExecuteAsync(sql, cancellationToken, [.. parameters, ("machine", Machine), ("epoch", Epoch)]).ConfigureAwait(false);
        if (changed == 0) throw new EpochLostException(Machine, Epoch);
    }

    private static ApiKeyRecord ReadKey(DbDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), FromMicroseconds(reader.GetInt64(5)));

    private static T ReadDocument<T>(DbDataReader reader) => JsonSerializer.Deserialize<T>(reader.GetString(0), Json)!;

    private static string Write<T>(T value) => JsonSerializer.Serialize(value, Json);

    private static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static DateTimeOffset FromMicroseconds(long value) => DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);
}
