using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using KernelGateway.ControlPlane.Storage;

namespace KernelGateway.ControlPlane.Teams;

/// <summary>The API keys of teams. The database has their digests; a key is shown once, when it is created.</summary>
/// <remarks>A key has 160 random bits, so its digest needs no salt and no slow function.</remarks>
internal sealed class ApiKeys(ControlPlaneStore store, TimeProvider time)
{
    /// <summary>What every key begins with; SDKs check it.</summary>
    public const string Prefix = "e2b_";

    /// <summary>The team of the first key.</summary>
    public const string DefaultTeam = "default";

    private const int KeyBytes = 20;
    private const int VisibleCharacters = 4;

    // How long a revoked key can still be used: control planes that share a database do not tell each other.
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (TeamRecord Team, long At)> _found = new(StringComparer.Ordinal);

    /// <summary>Creates the first team and key when there is no key.</summary>
    /// <returns>The key; null when there were keys.</returns>
    public async Task<string?> CreateFirstAsync(CancellationToken cancellationToken)
    {
        if ((await store.ListKeysAsync(cancellationToken).ConfigureAwait(false)).Count > 0) return null;
        return (await CreateAsync(DefaultTeam, "first key", cancellationToken).ConfigureAwait(false)).Key;
    }

    /// <summary>Creates a key, and its team when there is none of that name.</summary>
    public async Task<(string Key, ApiKeyRecord Record)> CreateAsync(string teamName, string name, CancellationToken cancellationToken)
    {
        var team = await FindTeamAsync(teamName, cancellationToken).ConfigureAwait(false);
        if (team is null)
        {
            team = new TeamRecord(NewId(), teamName, MaxRunning: 0, MaxCreatesPerSecond: 0, MaxMemoryBytes: 0);
            await store.PutAsync(team, cancellationToken).ConfigureAwait(false);
        }

        var key = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        var mask = $"{key[..(Prefix.Length + VisibleCharacters)]}…{key[^VisibleCharacters..]}";
        var record = new ApiKeyRecord(NewId(), team.Id, name, mask, Hash(key), time.GetUtcNow());
        await store.AddAsync(record, cancellationToken).ConfigureAwait(false);
        return (key, record);
    }

    /// <summary>Returns the team of a key; null when the key is unknown or has been revoked.</summary>
    public async ValueTask<TeamRecord?> FindTeamOfKeyAsync(string key, CancellationToken cancellationToken)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var hash = Hash(key);
        if (_found.TryGetValue(hash, out var cached) && time.GetElapsedTime(cached.At) < CacheTime) return cached.Team;
        _found.TryRemove(hash, out _);
        if (await store.FindKeyAsync(hash, cancellationToken).ConfigureAwait(false) is not { } record) return null;
        var team = (await store.ListTeamsAsync(cancellationToken).ConfigureAwait(false)).First(team => team.Id == record.TeamId);
        _found[hash] = (team, time.GetTimestamp());
        return team;
    }

    /// <summary>Returns the keys with the names of their teams.</summary>
    public async Task<IReadOnlyList<(ApiKeyRecord Key, string Team)>> ListAsync(CancellationToken cancellationToken)
    {
        var teams = (await store.ListTeamsAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(team => team.Id, team => team.Name, StringComparer.Ordinal);
        return [.. (await store.ListKeysAsync(cancellationToken).ConfigureAwait(false)).Select(key => (key, teams[key.TeamId]))];
    }

    /// <summary>Revokes a key; false when there is none with the id.</summary>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        var isRemoved = await store.RemoveKeyAsync(id, cancellationToken).ConfigureAwait(false);
        _found.Clear();
        return isRemoved;
    }

    private async Task<TeamRecord?> FindTeamAsync(string name, CancellationToken cancellationToken) =>
        (await store.ListTeamsAsync(cancellationToken).ConfigureAwait(false)).Find(team => team.Name == name);

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
