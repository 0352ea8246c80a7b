using System.Globalization;
using KernelGateway.Kernelspecs;

namespace KernelGateway.Launching.Registration;

/// <summary>Decides which kernels are asked to register.</summary>
/// <remarks>
/// The proposal (JEP 66) names protocol 5.5, but ipykernel 7 advertises 5.5 without the handshake. Therefore 5.6 is required.
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
