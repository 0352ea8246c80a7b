using System.Globalization;
using System.Text.RegularExpressions;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.ControlGroups;

/// <summary>The gateway that has made a control group, as the name of the group says.</summary>
/// <remarks>
/// <c>kernel-gateway-(process id).(start).(user id)-(key)</c>. A gateway that was killed leaves its groups. By the start of the
/// process its successors know that the owner has ended, even if another process has got its id.
/// </remarks>
/// <param name="ProcessId">Its process id.</param>
/// <param name="StartTicks">When it was started, in clock ticks since boot.</param>
/// <param name="UserId">The user that it ran as.</param>
internal sealed partial record ControlGroupOwner(int ProcessId, long StartTicks, uint UserId)
{
    /// <summary>What the names of all groups begin with.</summary>
    internal const string Prefix = "kernel-gateway-";

    /// <summary>Gets this process.</summary>
    internal static ControlGroupOwner Self { get; } =
        new(Environment.ProcessId, ProcessStat.ReadAny(Environment.ProcessId)?.StartTicks ?? 0, LibC.EffectiveUserId);

    /// <summary>Gets whether it still runs.</summary>
    internal bool IsAlive => ProcessStat.Read(ProcessId)?.StartTicks == StartTicks;

    /// <summary>Returns the name of a group of this owner.</summary>
    /// <param name="key">What distinguishes the groups of one owner.</param>
    internal string NameOf(string key) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{ProcessId}.{StartTicks}.{UserId}-{key}");

    /// <summary>Reads owner and key out of the name of a group; null when no gateway has given this name.</summary>
    internal static (ControlGroupOwner Owner, string Key)? Parse(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        if (name.IndexOf('-', Prefix.Length) is not (> 0 and var end)) return null;
        return name[Prefix.Length..end].Split('.') is [var id, var start, var user]
            && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var startTicks)
            && uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var userId)
                ? (new ControlGroupOwner(processId, startTicks, userId), name[(end + 1)..])
                : null;
    }

    /// <summary>Reads the gateway's process id and the key out of a name that a former version has given; null for other names.</summary>
    /// <remarks>
    /// <c>kernel-gateway-(process id)-(6 hexadecimal digits)-(kernel id)</c>; the key is all after the prefix. Another process can
    /// have got the id: then the group counts as one in use.
    /// </remarks>
    internal static (int ProcessId, string Key)? ParseFormer(string name) =>
        FormerName().Match(name) is { Success: true } match
        && int.TryParse(match.Groups["id"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            ? (processId, name[Prefix.Length..])
            : null;

    /// <summary>Returns whether a process of this id runs.</summary>
    internal static bool Exists(int processId) => ProcessStat.Read(processId) is not null;

    [GeneratedRegex($"^{Prefix}(?<id>[0-9]+)-[0-9a-f]{{6}}-.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FormerName();
}
