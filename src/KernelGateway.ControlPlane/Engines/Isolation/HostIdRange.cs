using System.Globalization;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>The user and group ids of the host that an engine gives to its sandboxes.</summary>
/// <param name="First">The first one.</param>
/// <param name="Sandboxes">How many sandboxes get <see cref="SandboxMounts.RangeSize"/> of them.</param>
internal sealed record HostIdRange(uint First, int Sandboxes)
{
    // Lower ids are those of root, of services and of people.
    private const uint Lowest = 65_536;

    // The one after it means "no user" (chown(2)).
    private const uint Highest = uint.MaxValue - 1;

    // passwd(5) name:password:id:...   group(5) name:password:id:...   subuid(5) and subgid(5) name:first:count
    private static readonly (string File, int First, int? Count)[] Tables =
        [("passwd", 2, null), ("group", 2, null), ("subuid", 1, 2), ("subgid", 1, 2)];

    private ulong Last => First + (ulong)Sandboxes * SandboxMounts.RangeSize - 1;

    /// <summary>Returns why no engine can use the range; null when one can.</summary>
    internal string? FindProblem() =>
        First < Lowest ? Write($"{First} is less than {Lowest}: users of the host have such ids")
        : Last > Highest ? Write($"the ids of {Sandboxes} sandboxes from {First} on end with {Last}, and the highest id is {Highest}")
        : null;

    /// <summary>Returns which ids of the range belong to somebody on this host already; null when none do.</summary>
    /// <param name="directory">The directory of the tables of users and of ids that users may map.</param>
    internal string? FindOverlap(string directory = "/etc")
    {
        foreach (var (name, firstField, countField) in Tables)
        {
            var file = Path.Combine(directory, name);
            if (!File.Exists(file)) continue;
            foreach (var fields in File.ReadLines(file).Select(line => line.Split(':')))
            {
                ulong count = 1;
                if (!TryRead(fields, firstField, out var first) || (countField is { } field && !TryRead(fields, field, out count))) continue;
                if (count == 0 || first > Last || count - 1 < (First > first ? First - first : 0)) continue;
                return Write($"the ids {First} to {Last} overlap those of '{fields[0]}' in {file} ({first} to {first + count - 1})");
            }
        }

        return null;
    }

    private static bool TryRead(string[] fields, int index, out ulong number)
    {
        number = 0;
        return index < fields.Length && ulong.TryParse(fields[index], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static string Write(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
