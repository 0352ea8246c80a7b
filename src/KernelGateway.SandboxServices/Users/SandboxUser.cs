using KernelGateway.Processes.Users;
using KernelGateway.SandboxServices.Native;

namespace KernelGateway.SandboxServices.Users;

/// <summary>A user of this machine, for whom files are read and written.</summary>
/// <param name="Name">The login name.</param>
/// <param name="UserId">The user id.</param>
/// <param name="GroupId">The id of the primary group.</param>
/// <param name="Groups">The ids of all groups, the primary one included.</param>
/// <param name="Home">The home directory, at which relative paths start.</param>
public sealed record SandboxUser(string Name, uint UserId, uint GroupId, IReadOnlyList<uint> Groups, string Home)
{
    /// <summary>Finds a user in the system's user database.</summary>
    /// <param name="nameOrId">The login name, or the user id in decimal digits.</param>
    /// <returns>The user; null when there is none of that name.</returns>
    public static SandboxUser? Find(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        if (UserAccount.Find(nameOrId) is not { } account) return null;
        var groups = ThreadIdentity.FindGroups(account.Name, account.GroupId);
        return new SandboxUser(account.Name, account.UserId, account.GroupId, groups, account.Home);
    }

    /// <summary>Gets the user that this process runs as, also where the user database does not know it.</summary>
    public static SandboxUser GetCurrent()
    {
        var id = ThreadIdentity.EffectiveUserId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Find(id) is { } known) return known;
        var home = Environment.GetEnvironmentVariable("HOME") ?? "/";
        return new SandboxUser(
            id, ThreadIdentity.EffectiveUserId, ThreadIdentity.EffectiveGroupId, ThreadIdentity.GetGroups(), home);
    }
}
