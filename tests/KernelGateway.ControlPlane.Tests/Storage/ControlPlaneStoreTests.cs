using FluentAssertions;
using KernelGateway.ControlPlane.Storage;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Storage;

/// <summary>What is stored, by both databases.</summary>
[TestFixture("SQLite")]
[TestFixture("PostgreSQL")]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each has a database of its own
[CancelAfter(60_000)]
public sealed class ControlPlaneStoreTests(string kind)
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("store-");
    private PostgresServer? _server;

    [OneTimeSetUp]
    public async Task StartTheServer() => _server = kind == "PostgreSQL" ? await PostgresServer.StartAsync() : null;

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Test]
    public async Task Sandbox_is_read_as_it_was_written(CancellationToken cancellationToken)
    {
        await using var store = await OpenAsync(await NewDatabaseAsync());
        var record = Record("ia") with
        {
            State = StoredState.Paused,
            Alias = "name",
            StartedAt = DateTimeOffset.UnixEpoch.AddTicks(123456789),
            Deadline = TimeSpan.FromTicks(987654321),
            BootId = "boot",
            Timeout = TimeSpan.FromSeconds(300),
            PausesAtEnd = true,
            KeepsMemoryAtEnd = false,
            ResumesOnRequest = true,
            Files = "/files",
            IsSecured = true,
            Metadata = new Dictionary<string, string> { ["ключ"] = "\u0001 'quoted' \"value\" \ud83d\ude00" },
            Variables = new Dictionary<string, string> { ["A"] = "" },
            Network = new NetworkRecord { AllowInternetAccess = false, AllowOut = ["10.0.0.1"], AllowPublicTraffic = false, MaskRequestHost = "a:${PORT}" },
            Cpus = 1.5,
            MemoryBytes = 1L << 40,
        };
        await store.AddAsync(Record("ia"), cancellationToken);

        await store.ChangeAsync(record, cancellationToken);

        (await store.ListSandboxesAsync(cancellationToken)).Should().ContainSingle().Which.Should().BeEquivalentTo(record);
    }

    [Test]
    public async Task Removed_sandbox_is_gone_and_cannot_be_changed(CancellationToken cancellationToken)
    {
        await using var store = await OpenAsync(await NewDatabaseAsync());
        await store.AddAsync(Record("ia"), cancellationToken);

        await store.RemoveAsync("ia", cancellationToken);

        (await store.ListSandboxesAsync(cancellationToken)).Should().BeEmpty();
        await store.Awaiting(x => x.ChangeAsync(Record("ia"), cancellationToken)).Should().ThrowAsync<EpochLostException>();
    }

    [Test]
    public async Task Control_plane_that_comes_back_changes_nothing_that_another_has_taken_over(CancellationToken cancellationToken)
    {
        var database = await NewDatabaseAsync();
        var old = await OpenAsync(database);
        await old.AddAsync(Record("ia"), cancellationToken);

        await using var next = await OpenAsync(database);

        next.Epoch.Should().Be(old.Epoch + 1);
        (await next.ListSandboxesAsync(cancellationToken)).Should().ContainSingle();
        await old.Awaiting(x => x.AddAsync(Record("ib"), cancellationToken)).Should().ThrowAsync<EpochLostException>();
        await old.Awaiting(x => x.ChangeAsync(Record("ia") with { Alias = "x" }, cancellationToken)).Should().ThrowAsync<EpochLostException>();
        await old.Awaiting(x => x.RemoveAsync("ia", cancellationToken)).Should().ThrowAsync<EpochLostException>();
        await old.Awaiting(x => x.PutAsync(Snapshot("s", 0), cancellationToken)).Should().ThrowAsync<EpochLostException>();
        (await next.ListSandboxesAsync(cancellationToken)).Should().ContainSingle().Which.Alias.Should().BeNull();
    }

    [Test]
    public async Task Control_planes_of_two_machines_see_their_own_sandboxes(CancellationToken cancellationToken)
    {
        var database = await NewDatabaseAsync();
        await using var one = await OpenAsync(database, "one");
        var other = await OpenAsync(database, "other");
        await one.AddAsync(Record("ia"), cancellationToken);
        await other.AddAsync(Record("ib"), cancellationToken);

        (await one.ListSandboxesAsync(cancellationToken)).Should().ContainSingle().Which.Id.Should().Be("ia");
        await other.Awaiting(x => x.RemoveAsync("ia", cancellationToken)).Should().ThrowAsync<EpochLostException>();
    }

    [Test]
    public async Task Key_is_found_by_its_digest_until_it_is_removed(CancellationToken cancellationToken)
    {
        await using var store = await OpenAsync(await NewDatabaseAsync());
        var key = new ApiKeyRecord("k", "team", "mine", "e2b_ab…cd", "digest", DateTimeOffset.UnixEpoch.AddSeconds(5));
        await store.AddAsync(key, cancellationToken);

        (await store.FindKeyAsync("digest", cancellationToken)).Should().Be(key);
        (await store.RemoveKeyAsync("k", cancellationToken)).Should().BeTrue();
        (await store.RemoveKeyAsync("k", cancellationToken)).Should().BeFalse();
        (await store.FindKeyAsync("digest", cancellationToken)).Should().BeNull();
    }

    [Test]
    public async Task Limits_of_a_team_are_changed(CancellationToken cancellationToken)
    {
        await using var store = await OpenAsync(await NewDatabaseAsync());

        await store.PutAsync(new TeamRecord("team", "acme", 3, 4, 5), cancellationToken);

        (await store.ListTeamsAsync(cancellationToken)).Should().Equal(new TeamRecord("team", "acme", 3, 4, 5));
    }

    [Test]
    public async Task Snapshots_are_listed_with_the_newest_first_and_one_of_the_same_id_is_replaced(CancellationToken cancellationToken)
    {
        await using var store = await OpenAsync(await NewDatabaseAsync());
        await store.PutAsync(Snapshot("old", 1), cancellationToken);
        await store.PutAsync(Snapshot("new", 2), cancellationToken);
        await store.PutAsync(Snapshot("old", 3), cancellationToken);

        (await store.ListSnapshotsAsync("team", cancellationToken)).Select(snapshot => snapshot.Id).Should().Equal("old", "new");
        await store.RemoveSnapshotAsync("old", cancellationToken);
        (await store.ListSnapshotsAsync("team", cancellationToken)).Should().ContainSingle();
    }

    [Test]
    public async Task First_value_of_a_setting_is_the_one_that_all_get(CancellationToken cancellationToken)
    {
        await using var store = await OpenAsync(await NewDatabaseAsync());

        (await store.GetSettingAsync("seed", "first", cancellationToken)).Should().Be("first");
        (await store.GetSettingAsync("seed", "second", cancellationToken)).Should().Be("first");
    }

    [Test]
    public async Task Newer_tables_are_refused_and_left_alone(CancellationToken cancellationToken)
    {
        var database = await NewDatabaseAsync();
        await OpenAsync(database);
        await database.ExecuteAsync("UPDATE schema_version SET version = 99", cancellationToken);

        await database.Awaiting(x => OpenAsync(x)).Should().ThrowAsync<StorageException>().WithMessage("*has version 99 of the tables*knows versions up to*");

        (await database.QueryAsync("SELECT version FROM schema_version", reader => reader.GetInt64(0), cancellationToken)).Should().Equal(99);
        await database.DisposeAsync();
    }

    [Test]
    public async Task Many_control_planes_that_start_at_once_all_find_the_tables_and_have_an_epoch_each(CancellationToken cancellationToken)
    {
        var database = await NewDatabaseAsync();

        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => ControlPlaneStore.OpenAsync(database, "machine", cancellationToken))));

        stores.Select(store => store.Epoch).Should().BeEquivalentTo([1L, 2, 3, 4, 5, 6]);
        await database.DisposeAsync();
    }

    private static SandboxRecord Record(string id) =>
        new() { Id = id, TeamId = "team", State = StoredState.Creating, TemplateId = "base", BaseTemplateId = "base" };

    private static SnapshotRecord Snapshot(string id, int second) =>
        new(id, "team", "machine", ["acme/x"], "ia", "base", "/files", DateTimeOffset.UnixEpoch.AddSeconds(second));

    private static async Task<ControlPlaneStore> OpenAsync(SqlDatabase database, string machine = "machine")
    {
        var store = await ControlPlaneStore.OpenAsync(database, machine, CancellationToken.None);
        await store.PutAsync(new TeamRecord("team", "acme", 0, 0, 0), CancellationToken.None);
        return store;
    }

    private async Task<SqlDatabase> NewDatabaseAsync() => _server is null
        ? new SqliteDatabase(Path.Combine(_directory.FullName, $"{Guid.NewGuid():N}.db"))
        : await _server.CreateDatabaseAsync();
}
