using System.Globalization;
using KernelGateway.Kernelspecs;

namespace KernelGateway.Launching.Registration;

/// <summary>Decides which kernels are asked to register.</summary>
/// <remarks>
/// The proposal (JEP 66) says from protocol 5.5 on, but ipykernel 7 advertises 5.5 without knowing the handshake: it is 5.6 that can be trusted.
/// </remarks>
internal static class RegistrationGate
{
    private static readonly Version First = new(5, 6);

    internal static bool IsOfferedBy(KernelSpec spec)
    {
        if (spec.KernelProtocolVersion is not { } text) return false;
        var parts = text.Split('.');
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            && new Version(major, minor) >= First;
    }
}
