using System.Globalization;

namespace KernelGateway.AspNetCore.Jupyter.Common;

/// <summary>Writes times as Jupyter's clients read them.</summary>
internal static class WireTime
{
    /// <summary>
    /// Returns UTC with six digits and <c>Z</c>: Jupyter Server, as the client of a gateway, accepts no other form.
    /// </summary>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
