using System.Globalization;

namespace KernelGateway.Processes.Native;

/// <summary>Makes the system kill what the gateway has started before the gateway, when the machine has no memory left.</summary>
/// <remarks>
/// proc(5), <c>/proc/(pid)/oom_score_adj</c>: thousandths of the memory of the machine that are added to what a process uses,
/// from -1000 to 1000. Children inherit it. A process can lower it again, but not below the value that the gateway has.
/// </remarks>
internal static class OutOfMemoryScore
{
    /// <summary>How much higher it is than the gateway's.</summary>
    internal const int Difference = 500;

    private const int Highest = 1000;

    /// <summary>Raises the value of a child that was just started. Linux only; elsewhere nothing happens.</summary>
    internal static void Raise(int processId)
    {
        if (!OperatingSystem.IsLinux() || Read("self") is not { } own) return;
        try
        {
            File.WriteAllText(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/oom_score_adj"),
                Math.Min(own + Difference, Highest).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or the system hides it.
        }
    }

    /// <summary>Reads the value of a process; null when it cannot be read.</summary>
    /// <param name="process">Its id, or "self".</param>
    internal static int? Read(string process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/oom_score_adj");
            return int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
