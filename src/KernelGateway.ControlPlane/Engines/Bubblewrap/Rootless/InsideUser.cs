using System.Globalization;

namespace KernelGateway.ControlPlane.Engines.Bubblewrap.Rootless;

/// <summary>The only user of a sandbox that an ordinary user has made: the user of the service under another number.</summary>
/// <param name="UserId">The user id inside.</param>
/// <param name="GroupId">The group id inside.</param>
/// <param name="Name">The login name.</param>
/// <param name="Home">The home directory.</param>
internal sealed record InsideUser(uint UserId, uint GroupId, string Name, string Home)
{
    private const uint DefaultId = 1000;

    /// <summary>Finds the user of a template.</summary>
    /// <param name="baseDirectory">The root directory of the template.</param>
    /// <param name="nameOrId">The login name, or the user id in decimal digits.</param>
    internal static InsideUser Find(string baseDirectory, string nameOrId)
    {
        // passwd(5):   name:password:uid:gid:comment:home:shell
        var file = Path.Combine(baseDirectory, "etc/passwd");
        var users = File.Exists(file) ? File.ReadLines(file).Select(line => line.Split(':')).Where(fields => fields.Length >= 7).ToArray() : [];
        var fields = users.FirstOrDefault(fields => fields[0] == nameOrId) ?? users.FirstOrDefault(fields => fields[2] == nameOrId);
        return fields is not null
            && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var userId)
            && uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var groupId)
            ? new InsideUser(userId, groupId, fields[0], IsHome(fields[5]) ? fields[5] : "/")
            : new InsideUser(DefaultId, DefaultId, nameOrId, "/home/" + nameOrId);
    }

    // A directory of this path is made for the sandbox.
    private static bool IsHome(string path) => Path.IsPathFullyQualified(path) && !path.Split('/').Contains("..");
}
