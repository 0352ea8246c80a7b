namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>The variables that describe a sandbox to the programs in it.</summary>
internal static class SandboxVariables
{
    /// <summary>The variable by which programs know that they run in a sandbox.</summary>
    public const string Mark = "E2B_SANDBOX";

    /// <summary>Returns whether a variable describes the sandbox, so that clients cannot change it.</summary>
    public static bool IsBuiltIn(string name) => name is Mark or "E2B_SANDBOX_ID" or "E2B_TEMPLATE_ID";
}
