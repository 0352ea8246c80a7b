namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>The version of E2B's daemon whose features the routes have; SDKs derive from it what they may use.</summary>
internal static class EnvdVersion
{
    public const string Text = "0.6.13";
}
