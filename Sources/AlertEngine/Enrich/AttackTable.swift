// SPDX-License-Identifier: Apache-2.0

/// Names of MITRE ATT&CK® Enterprise, version 18.0: all tactics, all techniques, and the sub-techniques that concern
/// Linux, containers, clouds and networks (those of Windows and macOS alone are left out: their ids stay, without a name).
///
/// © 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
/// MITRE grants a royalty-free licence to use ATT&CK for research, development and commercial purposes, provided that
/// this designation and the licence are reproduced in any copy:
/// https://attack.mitre.org/resources/legal-and-branding/terms-of-use/
enum AttackTable {
    static let version = "18.0"

    /// Number, short name; in the order of the matrix, which is the order of records.
    static let tactics: [(number: UInt32, name: String)] = [
        (43, "reconnaissance"), (42, "resource-development"), (1, "initial-access"), (2, "execution"),
        (3, "persistence"), (4, "privilege-escalation"), (5, "defense-evasion"), (6, "credential-access"),
        (7, "discovery"), (8, "lateral-movement"), (9, "collection"), (11, "command-and-control"),
        (10, "exfiltration"), (40, "impact"),
    ]

    /// A line with a technique's number and name; below it, indented, its sub-techniques, separated by semicolons.
    static let techniques = early + late

    private static let early = """
        1001 Data Obfuscation
          001 Junk Data; 002 Steganography; 003 Protocol or Service Impersonation
        1003 OS Credential Dumping
          007 Proc Filesystem; 008 /etc/passwd and /etc/shadow
        1005 Data from Local System
        1006 Direct Volume Access
        1007 System Service Discovery
        1008 Fallback Channels
        1010 Application Window Discovery
        1011 Exfiltration Over Other Network Medium
          001 Exfiltration Over Bluetooth
        1012 Query Registry
        1014 Rootkit
        1016 System Network Configuration Discovery
          001 Internet Connection Discovery; 002 Wi-Fi Discovery
        1018 Remote System Discovery
        1020 Automated Exfiltration
          001 Traffic Duplication
        1021 Remote Services
          004 SSH; 005 VNC; 007 Cloud Services; 008 Direct Cloud VM Connections
        1025 Data from Removable Media
        1027 Obfuscated Files or Information
          001 Binary Padding; 002 Software Packing; 003 Steganography; 004 Compile After Delivery
          005 Indicator Removal from Tools; 008 Stripped Payloads; 009 Embedded Payloads; 010 Command Obfuscation
          011 Fileless Storage; 013 Encrypted/Encoded File; 014 Polymorphic Code; 015 Compression
          016 Junk Code Insertion
        1029 Scheduled Transfer
        1030 Data Transfer Size Limits
        1033 System Owner/User Discovery
        1036 Masquerading
          002 Right-to-Left Override; 003 Rename Legitimate Utilities; 004 Masquerade Task or Service
          005 Match Legitimate Resource Name or Location; 006 Space after Filename; 008 Masquerade File Type
          009 Break Process Trees; 010 Masquerade Account Name; 011 Overwrite Process Arguments
        1037 Boot or Logon Initialization Scripts
          004 RC Scripts
        1039 Data from Network Shared Drive
        1040 Network Sniffing
        1041 Exfiltration Over C2 Channel
        1046 Network Service Discovery
        1047 Windows Management Instrumentation
        1048 Exfiltration Over Alternative Protocol
          001 Exfiltration Over Symmetric Encrypted Non-C2 Protocol
          002 Exfiltration Over Asymmetric Encrypted Non-C2 Protocol
          003 Exfiltration Over Unencrypted Non-C2 Protocol
        1049 System Network Connections Discovery
        1052 Exfiltration Over Physical Medium
          001 Exfiltration over USB
        1053 Scheduled Task/Job
          002 At; 003 Cron; 006 Systemd Timers; 007 Container Orchestration Job
        1055 Process Injection
          008 Ptrace System Calls; 009 Proc Memory; 012 Process Hollowing; 014 VDSO Hijacking
        1056 Input Capture
          001 Keylogging; 003 Web Portal Capture; 004 Credential API Hooking
        1057 Process Discovery
        1059 Command and Scripting Interpreter
          001 PowerShell; 004 Unix Shell; 006 Python; 007 JavaScript; 008 Network Device CLI; 009 Cloud API; 011 Lua
          012 Hypervisor CLI; 013 Container CLI/API
        1068 Exploitation for Privilege Escalation
        1069 Permission Groups Discovery
          001 Local Groups; 002 Domain Groups; 003 Cloud Groups
        1070 Indicator Removal
          002 Clear Linux or Mac System Logs; 003 Clear Command History; 004 File Deletion; 006 Timestomp
          007 Clear Network Connection History and Configurations; 008 Clear Mailbox Data; 009 Clear Persistence
          010 Relocate Malware
        1071 Application Layer Protocol
          001 Web Protocols; 002 File Transfer Protocols; 003 Mail Protocols; 004 DNS; 005 Publish/Subscribe Protocols
        1072 Software Deployment Tools
        1074 Data Staged
          001 Local Data Staging; 002 Remote Data Staging
        1078 Valid Accounts
          001 Default Accounts; 002 Domain Accounts; 003 Local Accounts; 004 Cloud Accounts
        1080 Taint Shared Content
        1082 System Information Discovery
        1083 File and Directory Discovery
        1087 Account Discovery
          001 Local Account; 002 Domain Account; 003 Email Account; 004 Cloud Account
        1090 Proxy
          001 Internal Proxy; 002 External Proxy; 003 Multi-hop Proxy; 004 Domain Fronting
        1091 Replication Through Removable Media
        1092 Communication Through Removable Media
        1095 Non-Application Layer Protocol
        1098 Account Manipulation
          001 Additional Cloud Credentials; 003 Additional Cloud Roles; 004 SSH Authorized Keys
          006 Additional Container Cluster Roles; 007 Additional Local or Domain Groups
        1102 Web Service
          001 Dead Drop Resolver; 002 Bidirectional Communication; 003 One-Way Communication
        1104 Multi-Stage Channels
        1105 Ingress Tool Transfer
        1106 Native API
        1110 Brute Force
          001 Password Guessing; 002 Password Cracking; 003 Password Spraying; 004 Credential Stuffing
        1111 Multi-Factor Authentication Interception
        1112 Modify Registry
        1113 Screen Capture
        1114 Email Collection
          002 Remote Email Collection; 003 Email Forwarding Rule
        1115 Clipboard Data
        1119 Automated Collection
        1120 Peripheral Device Discovery
        1123 Audio Capture
        1124 System Time Discovery
        1125 Video Capture
        1127 Trusted Developer Utilities Proxy Execution
        1129 Shared Modules
        1132 Data Encoding
          001 Standard Encoding; 002 Non-Standard Encoding
        1133 External Remote Services
        1134 Access Token Manipulation
        1135 Network Share Discovery
        1136 Create Account
          001 Local Account; 002 Domain Account; 003 Cloud Account
        1137 Office Application Startup
        1140 Deobfuscate/Decode Files or Information
        1176 Software Extensions
          001 Browser Extensions; 002 IDE Extensions
        1185 Browser Session Hijacking
        1187 Forced Authentication
        1189 Drive-by Compromise
        1190 Exploit Public-Facing Application
        1195 Supply Chain Compromise
          001 Compromise Software Dependencies and Development Tools; 002 Compromise Software Supply Chain
          003 Compromise Hardware Supply Chain
        1197 BITS Jobs
        1199 Trusted Relationship
        1200 Hardware Additions
        1201 Password Policy Discovery
        1202 Indirect Command Execution
        1203 Exploitation for Client Execution
        1204 User Execution
          001 Malicious Link; 002 Malicious File; 003 Malicious Image; 004 Malicious Copy and Paste
          005 Malicious Library
        1205 Traffic Signaling
          001 Port Knocking; 002 Socket Filters
        1207 Rogue Domain Controller
        1210 Exploitation of Remote Services
        1211 Exploitation for Defense Evasion
        1212 Exploitation for Credential Access
        1213 Data from Information Repositories
          001 Confluence; 002 Sharepoint; 003 Code Repositories; 004 Customer Relationship Management Software
          005 Messaging Applications; 006 Databases
        1216 System Script Proxy Execution
        1217 Browser Information Discovery
        1218 System Binary Proxy Execution
          015 Electron Applications
        1219 Remote Access Tools
          001 IDE Tunneling; 002 Remote Desktop Software; 003 Remote Access Hardware
        1220 XSL Script Processing
        1221 Template Injection
        1222 File and Directory Permissions Modification
          002 Linux and Mac File and Directory Permissions Modification
        1480 Execution Guardrails
          001 Environmental Keying; 002 Mutual Exclusion
        1482 Domain Trust Discovery
        1484 Domain or Tenant Policy Modification
          002 Trust Modification
        1485 Data Destruction
          001 Lifecycle-Triggered Deletion
        1486 Data Encrypted for Impact
        1489 Service Stop
        1490 Inhibit System Recovery
        1491 Defacement
          001 Internal Defacement; 002 External Defacement
        1495 Firmware Corruption
        1496 Resource Hijacking
          001 Compute Hijacking; 002 Bandwidth Hijacking; 003 SMS Pumping; 004 Cloud Service Hijacking
        1497 Virtualization/Sandbox Evasion
          001 System Checks; 002 User Activity Based Checks; 003 Time Based Checks
        1498 Network Denial of Service
          001 Direct Network Flood; 002 Reflection Amplification
        1499 Endpoint Denial of Service
          001 OS Exhaustion Flood; 002 Service Exhaustion Flood; 003 Application Exhaustion Flood
          004 Application or System Exploitation

        """
}
