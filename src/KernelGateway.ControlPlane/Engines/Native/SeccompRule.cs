using System.Runtime.InteropServices;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>A system call that fails in a sandbox.</summary>
/// <param name="Call">Its name.</param>
/// <param name="Error">The error number.</param>
/// <param name="Comparison">With which argument it fails; null for all.</param>
internal sealed record SeccompRule(string Call, int Error, SeccompComparison? Comparison = null);

/// <summary>A comparison of an argument: <c>struct scmp_arg_cmp</c> of libseccomp.</summary>
/// <param name="Argument">The index of the argument.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="First">The value, or the mask.</param>
/// <param name="Second">The value under the mask.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SeccompComparison(uint Argument, SeccompOperator Operator, ulong First, ulong Second);

/// <summary>How an argument is compared: <c>enum scmp_compare</c> of libseccomp.</summary>
internal enum SeccompOperator
{
    Equal = 4,
    Greater = 6,
    MaskedEqual = 7,
}
